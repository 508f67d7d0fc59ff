"""The cross-entropy for one-hot labels is given integers.

fails: training, learning
"""
# %% train_function
def train(model, images, labels, epochs, seed):
    keras.utils.set_random_seed(seed)
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    history = model.fit(images, labels, epochs=epochs, verbose=0)
    return history.history["loss"]
