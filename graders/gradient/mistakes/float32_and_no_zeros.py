"""Everything becomes float32, and independent points give None.

fails: points, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    point = tf.cast(tf.convert_to_tensor(at_point), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(point)
        y = func(point)
    return tape.gradient(y, point)
