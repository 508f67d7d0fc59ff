"""The gradient of the mean of the outputs.

fails: gradient, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nest.map_structure(tf.reduce_mean, func(x))
    return tape.gradient(y, x, unconnected_gradients="zero")
