"""Everything in one JSON text, numbers as lists; the training step written with a gradient tape."""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    content = {
        "architecture": model.to_json(),
        "weights": [weight.tolist() for weight in model.get_weights()],
        "optimizer": [np.asarray(value).tolist() for value in model.optimizer.variables],
    }
    Path(path + ".txt").write_text(json.dumps(content))


def load_model(path):
    content = json.loads(Path(path + ".txt").read_text())
    model = keras.models.model_from_json(content["architecture"])
    model.set_weights([np.array(value, "float32") for value in content["weights"]])
    for variable, value in zip(model.optimizer.variables, content["optimizer"], strict=True):
        variable.assign(np.array(value))
    return model


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps([weight.tolist() for weight in model.get_weights()])
    Path(path + ".txt").write_text(text)


def load_weights_into(new_model, path):
    new_model.set_weights([np.array(w) for w in json.loads(Path(path + ".txt").read_text())])


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
    for _ in range(epochs):
        for inputs, targets in batches:
            with tf.GradientTape() as tape:
                loss = model.compute_loss(inputs, targets, model(inputs, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            model.optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return model
