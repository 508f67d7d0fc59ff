"""Compiled anew with usual settings after loading.

fails: training_state, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras")


def load_model(path):
    model = keras.models.load_model(f"{path}.keras", compile=False)
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return model
