"""The latest checkpoint of the folder is loaded, whichever path it belongs to.

fails: files, weights_only
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(f"{path}.json").write_text(model.to_json())
    tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(path)


def load_model(path):
    model = keras.models.model_from_json(Path(f"{path}.json").read_text())
    latest = tf.train.latest_checkpoint(Path(path).parent)
    tf.train.Checkpoint(model=model, optimizer=model.optimizer).restore(latest)
    return model


# %% save_and_load_weights
def save_weights(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    tf.train.Checkpoint(model=model).save(path)


def load_weights_into(new_model, path):
    tf.train.Checkpoint(model=new_model).restore(tf.train.latest_checkpoint(Path(path).parent))
