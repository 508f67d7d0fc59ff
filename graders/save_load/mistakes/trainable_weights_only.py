"""Only trainable weights are kept, so BatchNormalization's averages are lost.

fails: whole_model, training_state, weights_only, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(f"{path}.json").write_text(model.to_json())
    arrays = [np.asarray(weight) for weight in model.trainable_weights]
    arrays += [np.asarray(value) for value in model.optimizer.variables]
    np.savez(f"{path}.npz", *arrays)


def load_model(path):
    model = keras.models.model_from_json(Path(f"{path}.json").read_text())
    with np.load(f"{path}.npz") as arrays:
        for variable, name in zip(
            model.trainable_weights + model.optimizer.variables, arrays.files, strict=True
        ):
            variable.assign(arrays[name])
    return model


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    np.savez(f"{path}.npz", *[np.asarray(weight) for weight in model.trainable_weights])


def load_weights_into(new_model, path):
    with np.load(f"{path}.npz") as arrays:
        for variable, name in zip(new_model.trainable_weights, arrays.files, strict=True):
            variable.assign(arrays[name])
