"""Weights that do not fit are skipped.

fails: weights_only
"""


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save_weights(f"{path}.weights.h5")


def load_weights_into(new_model, path):
    new_model.load_weights(f"{path}.weights.h5", skip_mismatch=True)
