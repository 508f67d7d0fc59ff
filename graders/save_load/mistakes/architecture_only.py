"""Only the architecture is saved.

fails: whole_model, training_state, files, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(f"{path}.json").write_text(model.to_json())


def load_model(path):
    return keras.models.model_from_json(Path(f"{path}.json").read_text())
