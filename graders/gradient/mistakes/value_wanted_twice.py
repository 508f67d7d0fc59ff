"""The value is taken by a second call of func.

fails: value_and_gradient
"""


# %% value_and_gradient_function
def value_and_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    return func(x), tape.gradient(y, x, unconnected_gradients="zero")
