"""The derivative of x squared, whatever func is.

fails: gradient, points, composition, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    return 2.0 * func(x) / x
