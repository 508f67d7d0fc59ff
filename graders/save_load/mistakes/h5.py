"""Saved in the old HDF5 format.

fails: training_state, files, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.h5")


def load_model(path):
    return keras.models.load_model(f"{path}.h5")
