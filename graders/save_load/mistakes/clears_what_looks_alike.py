"""Old files are removed with a pattern that also fits other paths.

fails: files
"""

# %% save_and_load
import glob


def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    for file in glob.glob(f"{path}*"):
        os.remove(file)
    model.save(f"{path}.keras")


def load_model(path):
    return keras.models.load_model(f"{path}.keras")
