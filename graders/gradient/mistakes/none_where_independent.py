"""Where func does not depend on the point, the result is None.

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
    return tape.gradient(y, x)
