"""The path's folders are dropped.

fails: files
"""


# %% save_and_load
def save_model(model, path):
    model.save(os.path.basename(path) + ".keras")


def load_model(path):
    return keras.models.load_model(os.path.basename(path) + ".keras")
