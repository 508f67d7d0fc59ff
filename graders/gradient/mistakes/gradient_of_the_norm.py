"""The gradient of the gradient's length.

fails: second_derivative
"""


# %% second_derivative_function
def second_derivative(func, at_point):
    return compute_gradient(lambda x: tf.norm(compute_gradient(func, x)), at_point)
