"""second_derivative knows float32 only.

fails: second_derivative
"""


# %% second_derivative_function
def second_derivative(func, at_point):
    x = tf.cast(at_point, tf.float32)
    return compute_gradient(lambda p: compute_gradient(func, p), x)
