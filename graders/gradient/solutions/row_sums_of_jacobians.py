"""Jacobians, flattened and summed."""


# %% compute_gradient
def compute_gradient(func, at_point, dtype=tf.float32):
    x = tf.convert_to_tensor(at_point)
    if x.dtype not in [tf.float32, tf.float64]:
        x = tf.cast(x, dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        parts = tf.nest.flatten(func(x))
        total = tf.add_n([tf.reduce_sum(part) for part in parts])
    gradient = tape.gradient(total, x)
    return gradient if gradient is not None else 0 * x


# %% second_derivative_function
def second_derivative(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as outer:
        outer.watch(x)
        first = compute_gradient(func, x)
    hessian = outer.jacobian(first, x, unconnected_gradients="zero")
    return tf.reduce_sum(hessian, axis=list(range(len(x.shape))))
