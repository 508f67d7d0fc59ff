"""Weights are written as text with six digits.

fails: weights_only
"""


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    flat = np.concatenate([weight.ravel() for weight in model.get_weights()])
    np.savetxt(f"{path}.txt", flat, fmt="%.6f")


def load_weights_into(new_model, path):
    flat = np.loadtxt(f"{path}.txt")
    if len(flat) != new_model.count_params():
        raise ValueError("another number of weights")
    start, arrays = 0, []
    for weight in new_model.weights:
        size = int(np.prod(weight.shape))
        arrays.append(flat[start : start + size].reshape(weight.shape))
        start += size
    new_model.set_weights(arrays)
