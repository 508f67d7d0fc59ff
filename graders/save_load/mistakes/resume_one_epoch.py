"""`epochs` is not passed on.

fails: resume_training
"""


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    model.fit(x, y, batch_size=32, shuffle=False, verbose=0)
    return model
