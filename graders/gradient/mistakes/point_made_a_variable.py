"""The point is copied into a tf.Variable.

fails: composition, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = func(x)
    return tape.gradient(y, x, unconnected_gradients="zero")
