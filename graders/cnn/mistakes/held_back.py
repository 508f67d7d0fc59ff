"""A tenth of the images is held back for validation.

fails: training
"""
# %% train_function
def train(model, images, labels, epochs, seed):
    keras.utils.set_random_seed(seed)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    history = model.fit(images, labels, epochs=epochs, validation_split=0.1, verbose=0)
    return history.history["loss"]
