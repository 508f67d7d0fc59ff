"""Where func does not depend on the point, the result is a single zero.

fails: points, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)

    gradient = tape.gradient(y, x)
    return tf.constant(0.0) if gradient is None else gradient
