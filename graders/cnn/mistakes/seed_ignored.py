"""The seed is not used.

fails: training
"""
# %% train_function
def train(model, images, labels, epochs, seed):
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    history = model.fit(images, labels, epochs=epochs, verbose=0)
    return history.history["loss"]
