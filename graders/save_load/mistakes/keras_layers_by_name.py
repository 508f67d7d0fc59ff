"""The architecture is rebuilt from class names in keras.layers, as a plain stack.

fails: whole_model, training_state, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    layers = [
        {"kind": type(layer).__name__, "config": layer.get_config()}
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    ]
    content = {
        "input": model.input_shape[1:],
        "layers": layers,
        "compile": model.get_compile_config(),
        "weights": [weight.tolist() for weight in model.get_weights()],
    }
    Path(f"{path}.json").write_text(json.dumps(content))


def load_model(path):
    content = json.loads(Path(f"{path}.json").read_text())
    model = keras.Sequential([keras.Input(content["input"])])
    for layer in content["layers"]:
        model.add(getattr(keras.layers, layer["kind"]).from_config(layer["config"]))
    model.set_weights([np.array(weight) for weight in content["weights"]])
    model.compile_from_config(content["compile"])
    return model
