"""There is an epoch too few.

fails: training
"""
# %% train_function
def train(model, x, y, epochs, seed):
    keras.utils.set_random_seed(seed)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.fit(x, y, epochs=epochs - 1, verbose=0)
