"""JSON and get_weights: compiled as before, but the optimizer starts at step 0.

fails: training_state, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(f"{path}.json").write_text(model.to_json())
    np.savez(f"{path}.npz", *model.get_weights())


def load_model(path):
    model = keras.models.model_from_json(Path(f"{path}.json").read_text())
    with np.load(f"{path}.npz") as arrays:
        model.set_weights([arrays[name] for name in arrays.files])
    return model
