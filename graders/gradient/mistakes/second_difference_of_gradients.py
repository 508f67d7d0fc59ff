"""The second derivative by differences of gradients.

fails: second_derivative
"""


# %% second_derivative_function
def second_derivative(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    step = 1e-3
    above = compute_gradient(func, x + step)
    below = compute_gradient(func, x - step)
    return (above - below) / (2 * step)
