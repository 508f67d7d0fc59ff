"""Always the same file, whatever the path.

fails: files, weights_only
"""


# %% save_and_load
def save_model(model, path):
    model.save("model.keras")


def load_model(path):
    return keras.models.load_model("model.keras")


# %% save_and_load_weights
def save_weights(model, path):
    model.save_weights("model.weights.h5")


def load_weights_into(new_model, path):
    new_model.load_weights("model.weights.h5")
