"""Serialised config, and NumPy archives of weights and optimizer variables."""


# %% save_and_load
def make_parent(path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def save_model(model, path):
    make_parent(path)
    config = keras.saving.serialize_keras_object(model)
    config.pop("compile_config", None)
    text = {"model": config, "compile": model.get_compile_config()}
    with open(f"{path}.config.json", "w") as file:
        json.dump(text, file)
    arrays = {f"w{i}": np.asarray(v) for i, v in enumerate(model.weights)}
    arrays |= {f"o{i}": np.asarray(v) for i, v in enumerate(model.optimizer.variables)}
    np.savez(f"{path}.npz", **arrays)


def load_model(path):
    with open(f"{path}.config.json") as file:
        text = json.load(file)
    model = keras.saving.deserialize_keras_object(text["model"])
    model.compile_from_config(text["compile"])
    model.optimizer.build(model.trainable_variables)
    with np.load(f"{path}.npz") as arrays:
        for i, variable in enumerate(model.weights):
            variable.assign(arrays[f"w{i}"])
        for i, variable in enumerate(model.optimizer.variables):
            variable.assign(arrays[f"o{i}"])
    return model


# %% save_and_load_weights
def save_weights(model, path):
    make_parent(path)
    np.savez_compressed(f"{path}.npz", *model.get_weights())


def load_weights_into(new_model, path):
    with np.load(f"{path}.npz") as arrays:
        new_model.set_weights([arrays[name] for name in arrays.files])


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    for epoch in range(int(epochs)):
        model.fit(x, y, 32, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=0)
    return model
