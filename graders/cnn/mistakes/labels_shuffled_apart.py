"""Images and labels are shuffled, each in an order of its own.

fails: training, learning
"""
# %% train_function
def train(model, images, labels, epochs, seed):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    images = rng.permutation(images)
    labels = rng.permutation(labels)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    history = model.fit(images, labels, epochs=epochs, verbose=0)
    return history.history["loss"]
