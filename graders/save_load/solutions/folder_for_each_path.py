"""A folder of its own for each path, unzipped Keras format inside; weights one file per array."""

# %% save_and_load
import shutil


def save_model(model, path):
    folder = Path(path)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    model.save(folder / "model", zipped=False)


def load_model(path):
    return keras.models.load_model(Path(path) / "model", custom_objects={"PowerScale": PowerScale})


# %% save_and_load_weights
def save_weights(model, path):
    folder = Path(path)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, weight in enumerate(model.get_weights()):
        np.save(folder / f"{number:04d}.npy", weight)


def load_weights_into(new_model, path):
    files = sorted(Path(path).glob("*.npy"))
    if len(files) != len(new_model.weights):
        raise ValueError("another number of weights")
    for variable, file in zip(new_model.weights, files):
        variable.assign(np.load(file))


# %% resume
def resume_training(path, x, y, epochs):
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    model = load_model(path)
    model.fit(x, y, epochs=epochs, shuffle=False)
    return model
