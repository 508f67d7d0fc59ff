"""Written under a temporary name and moved into place; the file has no extension at all."""

# %% save_and_load
import shutil
import tempfile


def save_model(model, path):
    parent, name = os.path.split(os.path.abspath(path))
    os.makedirs(parent, exist_ok=True)
    temporary = os.path.join(parent, f"{name}.part.keras")
    keras.saving.save_model(model, temporary, overwrite=True)
    os.replace(temporary, path)


def load_model(path):
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "model.keras")
        shutil.copyfile(path, copy)
        model = keras.saving.load_model(copy, compile=True)
    return model


# %% save_and_load_weights
def save_weights(model, path):
    parent, name = os.path.split(os.path.abspath(path))
    os.makedirs(parent, exist_ok=True)
    temporary = os.path.join(parent, f"{name}.part.weights.h5")
    model.save_weights(temporary)
    os.replace(temporary, f"{path}.weights.h5")


def load_weights_into(new_model, path):
    keras.saving.load_weights(new_model, f"{path}.weights.h5")
    return new_model


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    steps = -(-len(x) // 32)

    def batches():
        while True:
            for first in range(0, len(x), 32):
                yield x[first : first + 32], y[first : first + 32]

    model.fit(batches(), steps_per_epoch=steps, epochs=epochs, verbose=0)
    return model
