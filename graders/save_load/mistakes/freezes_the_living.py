"""The living model is frozen for saving, and stays so.

fails: files, training_state, resume_training, whole_model
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.trainable = False
    model.save(f"{path}.keras")


def load_model(path):
    return keras.models.load_model(f"{path}.keras")
