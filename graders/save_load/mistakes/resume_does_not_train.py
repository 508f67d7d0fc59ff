"""The loaded model is returned as it is.

fails: resume_training
"""


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    model.evaluate(x, y, verbose=0)
    return model
