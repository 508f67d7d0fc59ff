"""Computed in float32, then cast to the point's dtype.

fails: points
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    kept = x.dtype
    x = tf.cast(x, tf.float32)

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    return tf.cast(tape.gradient(y, x, unconnected_gradients="zero"), kept)


# %% second_derivative_function
def second_derivative(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as outer:
        outer.watch(x)
        _, first = value_and_gradient(func, x)
    return outer.gradient(first, x, unconnected_gradients="zero")
