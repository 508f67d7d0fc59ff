"""fit shuffles the rows.

fails: resume_training
"""


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
    return model
