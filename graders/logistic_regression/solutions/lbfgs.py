"""L-BFGS from SciPy on flattened weights; tf ops for scaling."""


# %% standardize_split
def standardize_split(train, test):
    train, test = (tf.cast(part, tf.float32) for part in (train, test))
    mean = tf.reduce_mean(train, axis=0)
    std = tf.math.reduce_std(train, axis=0)
    return tf.math.divide_no_nan(train - mean, std), tf.math.divide_no_nan(test - mean, std)


# %% train
def train(model, x, y, epochs, seed):
    from scipy.optimize import minimize

    variables = model.trainable_variables
    sizes = [int(np.prod(v.shape)) for v in variables]
    loss_object = keras.losses.BinaryCrossentropy()
    targets = y.reshape(-1, 1).astype("float32")

    def put(flat):
        for variable, part in zip(variables, np.split(flat, np.cumsum(sizes)[:-1])):
            variable.assign(part.reshape(variable.shape))

    def value_and_gradient(flat):
        put(flat)
        with tf.GradientTape() as tape:
            loss = loss_object(targets, model(x))
        gradients = tape.gradient(loss, variables)
        flat_gradient = np.concatenate([np.ravel(g) for g in gradients])
        return float(loss), flat_gradient.astype("float64")

    start = np.concatenate([np.ravel(v) for v in variables]).astype("float64")
    losses = []
    found = minimize(
        value_and_gradient,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": epochs},
        callback=lambda flat: losses.append(value_and_gradient(flat)[0]),
    )
    put(found.x)
    losses += [found.fun] * (epochs - len(losses))
    return losses[:epochs]
