"""The rows are shuffled, the labels are not.

fails: training, words
"""
# %% train_function
def train(model, x, y, epochs, seed):
    keras.utils.set_random_seed(seed)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.fit(np.random.permutation(x), y, epochs=epochs, verbose=0)
