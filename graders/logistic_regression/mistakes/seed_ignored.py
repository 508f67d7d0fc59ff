"""The seed is not used.

fails: training
"""


# %% train
def train(model, x, y, epochs, seed):
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    return model.fit(x, y, epochs=epochs, batch_size=32, verbose=0).history["loss"]
