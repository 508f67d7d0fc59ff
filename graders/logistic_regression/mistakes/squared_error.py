"""Trains on the squared error.

fails: optimum
"""


# %% train
def train(model, x, y, epochs, seed):
    keras.utils.set_random_seed(seed)
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
    return model.fit(x, y, epochs=epochs, batch_size=32, verbose=0).history["loss"]
