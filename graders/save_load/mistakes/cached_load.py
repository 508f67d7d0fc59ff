"""load_model remembers what it has loaded.

fails: files, resume_training
"""

# %% save_and_load
import functools


def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras")


@functools.lru_cache
def load_model(path):
    return keras.models.load_model(f"{path}.keras")
