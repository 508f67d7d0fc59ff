"""Adam with its default learning rate does not arrive.

fails: optimum
"""


# %% train
def train(model, x, y, epochs, seed):
    keras.utils.set_random_seed(seed)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    return model.fit(x, y, epochs=epochs, batch_size=32, verbose=0).history["loss"]
