"""As in Keras 2: a directory is given to save.

fails: whole_model, training_state, files, resume_training
"""


# %% save_and_load
def save_model(model, path):
    model.save(path)


def load_model(path):
    return keras.models.load_model(path)
