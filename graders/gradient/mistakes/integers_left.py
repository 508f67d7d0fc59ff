"""Integers are not turned into floats.

fails: points, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    return tape.gradient(y, x, unconnected_gradients="zero")
