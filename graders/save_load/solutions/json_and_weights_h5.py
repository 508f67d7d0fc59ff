"""JSON for the architecture and compile settings, `.weights.h5` for weights and optimizer state."""


# %% save_and_load
def save_model(model, path):
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(path + ".json", "w") as file:
        file.write(model.to_json())
    model.save_weights(path + ".weights.h5", overwrite=True)


def load_model(path):
    with open(path + ".json") as file:
        model = keras.models.model_from_json(file.read())
    model.load_weights(path + ".weights.h5")
    return model


# %% save_and_load_weights
def save_weights(model, path):
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    model.save_weights(path + ".weights.h5", overwrite=True)


def load_weights_into(new_model, path):
    return new_model.load_weights(path + ".weights.h5")


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
    model.fit(batches, epochs=epochs, verbose=2)
    return model
