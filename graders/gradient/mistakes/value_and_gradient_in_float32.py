"""value_and_gradient knows float32 only.

fails: value_and_gradient
"""


# %% value_and_gradient_function
def value_and_gradient(func, at_point):
    x = tf.cast(at_point, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    return y, tape.gradient(y, x, unconnected_gradients="zero")
