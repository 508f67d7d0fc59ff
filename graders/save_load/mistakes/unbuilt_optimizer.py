"""`.weights.h5` into a model whose optimizer is not built yet: its state is silently skipped.

fails: training_state, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    config = {"model": model.get_config(), "compile": model.get_compile_config()}
    config["kind"] = type(model).__name__
    Path(f"{path}.json").write_text(json.dumps(config))
    model.save_weights(f"{path}.weights.h5")


def load_model(path):
    config = json.loads(Path(f"{path}.json").read_text())
    kind = keras.Sequential if config["kind"] == "Sequential" else keras.Model
    model = kind.from_config(config["model"])
    settings = keras.saving.deserialize_keras_object(config["compile"])
    settings["optimizer"] = keras.optimizers.deserialize(config["compile"]["optimizer"])
    model.compile(**settings)
    model.load_weights(f"{path}.weights.h5")
    return model
