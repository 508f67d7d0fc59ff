"""A variable given as the point takes a step downhill.

fails: points
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    gradient = tape.gradient(y, x, unconnected_gradients="zero")
    if isinstance(at_point, tf.Variable):
        at_point.assign_sub(0.1 * gradient)
    return gradient
