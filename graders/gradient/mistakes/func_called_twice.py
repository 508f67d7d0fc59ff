"""func is called once more, for its value.

fails: composition, value_and_gradient
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    if func(x) is None:
        raise ValueError("func gives nothing")

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    return tape.gradient(y, x, unconnected_gradients="zero")


# %% value_and_gradient_function
def value_and_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    return func(x), compute_gradient(func, x)
