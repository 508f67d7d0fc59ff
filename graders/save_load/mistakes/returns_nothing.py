"""load_model returns nothing.

fails: whole_model, training_state, files, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras")


def load_model(path):
    keras.models.load_model(f"{path}.keras")
