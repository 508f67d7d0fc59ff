"""Missing folders are not made.

fails: files, weights_only
"""


# %% save_and_load
def save_model(model, path):
    model.save(f"{path}.keras")


def load_model(path):
    return keras.models.load_model(f"{path}.keras")


# %% save_and_load_weights
def save_weights(model, path):
    model.save_weights(f"{path}.weights.h5")


def load_weights_into(new_model, path):
    new_model.load_weights(f"{path}.weights.h5")
