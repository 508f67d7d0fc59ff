"""The mean squared error of the probabilities.

fails: training
"""
# %% train_function
def train(model, x, y, epochs, seed):
    keras.utils.set_random_seed(seed)
    model.compile(optimizer="adam", loss="mse")
    model.fit(x, y, epochs=epochs, verbose=0)
