"""Squared error on one-hot labels instead of the cross-entropy.

fails: training
"""
# %% train_function
def train(model, images, labels, epochs, seed):
    keras.utils.set_random_seed(seed)
    targets = keras.utils.to_categorical(labels, model.output_shape[-1])
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
    history = model.fit(images, targets, epochs=epochs, verbose=0)
    return history.history["loss"]
