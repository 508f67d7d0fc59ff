"""A fifth of the rows is held out.

fails: resume_training
"""


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    model.fit(x, y, epochs=epochs, shuffle=False, validation_split=0.2, verbose=0)
    return model
