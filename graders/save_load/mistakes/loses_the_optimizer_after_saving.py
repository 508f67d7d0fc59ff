"""After a right save the living model's optimizer is replaced.

fails: files
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras")
    model.compile(optimizer="adam", loss=model.loss)


def load_model(path):
    return keras.models.load_model(f"{path}.keras")
