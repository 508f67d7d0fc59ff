"""Reports the last batch's loss for the whole pass.

fails: optimum
"""


# %% train
def train(model, x, y, epochs, seed):
    rng = np.random.default_rng(seed)
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 32):
            rows = order[start : start + 32]
            loss = model.train_on_batch(x[rows], y[rows])
        losses.append(float(loss))
    return losses
