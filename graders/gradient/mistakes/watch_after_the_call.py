"""The tape is told to watch the point after func was called.

fails: gradient, points, composition, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        y = func(x)
        tape.watch(x)
    return tape.gradient(y, x, unconnected_gradients="zero")
