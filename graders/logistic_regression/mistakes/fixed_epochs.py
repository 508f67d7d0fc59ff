"""The number of passes is fixed to 50.

fails: training
"""


# %% train
def train(model, x, y, epochs, seed):
    keras.utils.set_random_seed(seed)
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    return model.fit(x, y, epochs=50, batch_size=64, verbose=0).history["loss"]
