"""Only layers with a kernel are saved.

fails: weights_only
"""


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    layers = [layer for layer in model.layers if hasattr(layer, "kernel")]
    np.savez(f"{path}.npz", *[array for layer in layers for array in layer.get_weights()])


def load_weights_into(new_model, path):
    layers = [layer for layer in new_model.layers if hasattr(layer, "kernel")]
    with np.load(f"{path}.npz") as arrays:
        for number, layer in enumerate(layers):
            layer.set_weights([arrays[f"arr_{2 * number}"], arrays[f"arr_{2 * number + 1}"]])
