"""A strong penalty holds the weights back.

fails: optimum
"""


# %% train
def train(model, x, y, epochs, seed):
    optimizer = keras.optimizers.Adam(0.05)
    rng = np.random.default_rng(seed)
    labels = y.astype("float32")[:, None]

    @tf.function(reduce_retracing=True)
    def step(inputs, wanted):
        with tf.GradientTape() as tape:
            p = model(inputs)
            loss = keras.losses.BinaryCrossentropy()(wanted, p) + 0.1 * sum(
                tf.reduce_sum(tf.square(v)) for v in model.trainable_variables
            )
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        batches = [order[start : start + 32] for start in range(0, len(x), 32)]
        losses.append(float(np.mean([step(x[rows], labels[rows]) for rows in batches])))
    return losses
