"""A clone with the weights is saved, not compiled.

fails: training_state, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.save(f"{path}.keras")


def load_model(path):
    return keras.models.load_model(f"{path}.keras")
