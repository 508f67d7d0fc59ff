"""Every layer is trainable after loading.

fails: whole_model, training_state, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras")


def load_model(path):
    model = keras.models.load_model(f"{path}.keras")
    for layer in model.layers:
        layer.trainable = True
    return model
