"""JSON and a tf.train.Checkpoint of model and optimizer; resumed batch by batch."""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    tf.train.Checkpoint(model=model, optimizer=model.optimizer).write(path + ".ckpt")
    Path(path + ".json").write_text(model.to_json(), encoding="utf-8")


def load_model(path):
    model = keras.models.model_from_json(Path(path + ".json").read_text(encoding="utf-8"))
    checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    checkpoint.read(path + ".ckpt").assert_existing_objects_matched().assert_consumed()
    return model


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    tf.train.Checkpoint(model=model).write(path)


def load_weights_into(new_model, path):
    tf.train.Checkpoint(model=new_model).read(path).expect_partial()


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    for _ in range(epochs):
        for start in range(0, len(x), 32):
            model.train_on_batch(x[start : start + 32], y[start : start + 32])
    return model
