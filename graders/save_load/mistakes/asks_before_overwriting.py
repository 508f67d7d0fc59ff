"""overwrite=False: Keras asks at the keyboard.

fails: files, weights_only
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras", overwrite=False)


def load_model(path):
    return keras.models.load_model(f"{path}.keras")


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save_weights(f"{path}.weights.h5", overwrite=False)


def load_weights_into(new_model, path):
    new_model.load_weights(f"{path}.weights.h5")
