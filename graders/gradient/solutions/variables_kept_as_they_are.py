"""Variables are watched and passed on themselves; dtypes are settled with NumPy."""


# %% compute_gradient
def compute_gradient(func, at_point):
    return value_and_gradient(func, at_point)[1]


# %% value_and_gradient_function
def make_point(at_point):
    if isinstance(at_point, (tf.Tensor, tf.Variable)):
        if at_point.dtype in (tf.float32, tf.float64):
            return at_point
        return tf.cast(at_point, tf.float32)
    if isinstance(at_point, (np.ndarray, np.generic)) and at_point.dtype == np.float64:
        return tf.constant(at_point, dtype=tf.float64)
    return tf.constant(np.asarray(at_point).astype(np.float32))


def value_and_gradient(func, at_point):
    x = make_point(at_point)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        value = func(x)
    gradient = tape.gradient(value, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    del tape
    return (value, gradient)


# %% second_derivative_function
def second_derivative(func, at_point):
    x = make_point(at_point)
    with tf.GradientTape(persistent=True) as t2:
        t2.watch(x)
        with tf.GradientTape(persistent=True) as t1:
            t1.watch(x)
            y = tf.reduce_sum(func(x))
        g = t1.gradient(y, x, unconnected_gradients="zero")
    return t2.gradient(g, x, unconnected_gradients="zero")
