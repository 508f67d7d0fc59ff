"""Python numbers and integers become float64.

fails: points, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    if isinstance(at_point, (int, float, list)):
        at_point = np.array(at_point, dtype=np.float64)
    x = tf.cast(at_point, tf.float64) if isinstance(at_point, np.ndarray) else tf.identity(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    return tape.gradient(y, x, unconnected_gradients="zero")
