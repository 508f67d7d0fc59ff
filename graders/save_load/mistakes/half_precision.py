"""Weights are stored as float16.

fails: whole_model, weights_only
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras")
    np.savez(f"{path}.npz", *[weight.astype("float16") for weight in model.get_weights()])


def load_model(path):
    model = keras.models.load_model(f"{path}.keras")
    with np.load(f"{path}.npz") as arrays:
        model.set_weights([arrays[name] for name in arrays.files])
    return model


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    np.savez(f"{path}.npz", *[weight.astype("float16") for weight in model.get_weights()])


def load_weights_into(new_model, path):
    with np.load(f"{path}.npz") as arrays:
        new_model.set_weights([arrays[name].astype("float32") for name in arrays.files])
