"""Nothing is seeded.

fails: training
"""
# %% train_function
def train(model, x, y, epochs, seed):
    tf.random.set_seed(None)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    order = np.random.default_rng().permutation(len(x))
    model.fit(x[order], y[order], epochs=epochs, verbose=0)
