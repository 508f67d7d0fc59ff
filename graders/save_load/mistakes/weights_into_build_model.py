"""Only weights are saved, and loaded into the notebook's example model.

fails: whole_model, training_state, files, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save_weights(f"{path}.weights.h5")


def load_model(path):
    model = build_model()
    model.load_weights(f"{path}.weights.h5")
    return model
