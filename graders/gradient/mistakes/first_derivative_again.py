"""The outer tape differentiates the value, not the gradient.

fails: second_derivative
"""


# %% second_derivative_function
def second_derivative(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = func(x)
        first = inner.gradient(y, x, unconnected_gradients="zero")
    return outer.gradient(y, x, unconnected_gradients="zero")
