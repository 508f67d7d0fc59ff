"""A new example model is trained.

fails: resume_training
"""


# %% resume
def resume_training(path, x, y, epochs):
    model = build_model()
    model.fit(x, y, batch_size=32, epochs=epochs, shuffle=False, verbose=0)
    return model
