"""Silently keeps what is there.

fails: files
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if not os.path.exists(f"{path}.keras"):
        model.save(f"{path}.keras")


def load_model(path):
    return keras.models.load_model(f"{path}.keras")
