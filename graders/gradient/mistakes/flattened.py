"""The gradient is one long vector, whatever the point's shape.

fails: gradient, points
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    return tf.reshape(tape.gradient(y, x, unconnected_gradients="zero"), [-1])


# %% second_derivative_function
def second_derivative(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as outer:
        outer.watch(x)
        _, first = value_and_gradient(func, x)
    return outer.gradient(first, x, unconnected_gradients="zero")
