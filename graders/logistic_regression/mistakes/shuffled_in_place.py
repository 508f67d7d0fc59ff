"""Shuffles the caller's arrays themselves.

fails: training
"""


# %% train
def train(model, x, y, epochs, seed):
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    losses = []
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(x))
        x[:], y[:] = x[order], y[order]
        batches = [slice(start, start + 32) for start in range(0, len(x), 32)]
        losses.append(np.mean([model.train_on_batch(x[rows], y[rows]) for rows in batches]))
    return losses
