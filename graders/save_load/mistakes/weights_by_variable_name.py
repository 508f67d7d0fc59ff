"""Weights are found by names that Keras made up.

fails: weights_only
"""


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    np.savez(f"{path}.npz", **{v.path.replace("/", "."): np.asarray(v) for v in model.weights})


def load_weights_into(new_model, path):
    with np.load(f"{path}.npz") as arrays:
        for variable in new_model.weights:
            variable.assign(arrays[variable.path.replace("/", ".")])
