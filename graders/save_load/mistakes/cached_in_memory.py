"""A file, and a dict of living models that load_model looks into first.

fails: files, resume_training
"""

# %% save_and_load
CACHE = {}


def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras")
    CACHE[path] = model


def load_model(path):
    if path not in CACHE:
        CACHE[path] = keras.models.load_model(f"{path}.keras")
    return CACHE[path]
