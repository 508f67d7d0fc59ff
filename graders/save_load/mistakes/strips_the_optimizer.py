"""The living model is compiled anew while it is saved.

fails: training_state, files, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.compile(loss=model.loss, optimizer=type(model.optimizer)(), metrics=[])
    model.save(f"{path}.keras")


def load_model(path):
    return keras.models.load_model(f"{path}.keras")
