"""Small batches in the order of the rows, with large steps.

fails: optimum
"""


# %% train
def train(model, x, y, epochs, seed):
    optimizer = keras.optimizers.SGD(0.5)
    rng = np.random.default_rng(seed)
    labels = y.astype("float32")[:, None]

    @tf.function(reduce_retracing=True)
    def step(inputs, wanted):
        with tf.GradientTape() as tape:
            p = model(inputs)
            loss = keras.losses.BinaryCrossentropy()(wanted, p)
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    losses = []
    for _ in range(epochs):
        order = np.arange(len(x))
        batches = [order[start : start + 8] for start in range(0, len(x), 8)]
        losses.append(float(np.mean([step(x[rows], labels[rows]) for rows in batches])))
    return losses
