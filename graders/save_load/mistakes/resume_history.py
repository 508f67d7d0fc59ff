"""The History is returned.

fails: resume_training
"""


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    return model.fit(x, y, batch_size=32, epochs=epochs, shuffle=False, verbose=0)
