"""second_derivative copies the point into a variable.

fails: second_derivative
"""


# %% second_derivative_function
def second_derivative(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    x = tf.Variable(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = func(x)
        first = inner.gradient(y, x, unconnected_gradients="zero")
    return outer.gradient(first, x, unconnected_gradients="zero")
