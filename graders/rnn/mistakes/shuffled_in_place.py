"""The caller's arrays are shuffled.

fails: training
"""
# %% train_function
def train(model, x, y, epochs, seed):
    model.compile(optimizer="adam", loss="binary_crossentropy")
    for values in (x, y):
        np.random.default_rng(seed).shuffle(values)
    model.fit(x, y, epochs=epochs, shuffle=False, verbose=0)
