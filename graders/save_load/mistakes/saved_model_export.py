"""A SavedModel for serving, wrapped in a layer when loaded.

fails: whole_model, training_state, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.export(path, verbose=False)


def load_model(path):
    return keras.Sequential([keras.layers.TFSMLayer(path, call_endpoint="serve")])
