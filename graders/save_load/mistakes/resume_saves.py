"""The trained model is saved over the old one.

fails: resume_training
"""


# %% resume
def resume_training(path, x, y, epochs):
    model = load_model(path)
    model.fit(x, y, batch_size=32, epochs=epochs, shuffle=False, verbose=0)
    save_model(model, path)
    return model
