"""Errors are caught and printed.

fails: weights_only
"""


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save_weights(f"{path}.weights.h5")


def load_weights_into(new_model, path):
    try:
        new_model.load_weights(f"{path}.weights.h5")
    except ValueError as error:
        print("could not load:", error)
