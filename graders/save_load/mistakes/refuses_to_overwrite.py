"""Refuses to overwrite.

fails: files
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if os.path.exists(f"{path}.keras"):
        raise FileExistsError(f"{path}.keras exists already")
    model.save(f"{path}.keras")


def load_model(path):
    return keras.models.load_model(f"{path}.keras")
