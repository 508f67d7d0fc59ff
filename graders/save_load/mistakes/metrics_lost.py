"""Loss and optimizer come back, metrics do not.

fails: training_state
"""
# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    config = json.loads(model.to_json())
    config["compile_config"]["metrics"] = None
    Path(f"{path}.json").write_text(json.dumps(config))
    model.save_weights(f"{path}.weights.h5")


def load_model(path):
    model = keras.models.model_from_json(Path(f"{path}.json").read_text())
    model.load_weights(f"{path}.weights.h5")
    return model
