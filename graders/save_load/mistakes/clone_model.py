"""A clone is saved: the architecture with new random weights, not compiled.

fails: whole_model, training_state, files, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    copy = keras.models.clone_model(model)
    copy.save(f"{path}.keras")


def load_model(path):
    return keras.models.load_model(f"{path}.keras")
