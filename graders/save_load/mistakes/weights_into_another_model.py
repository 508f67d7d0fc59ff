"""A whole model is saved and returned; new_model stays as it was.

fails: weights_only
"""


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras")


def load_weights_into(new_model, path):
    new_model = keras.models.load_model(f"{path}.keras")
    return new_model
