"""The gradient clipped to a norm of one.

fails: gradient, points, composition, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)

    gradient = tape.gradient(y, x, unconnected_gradients="zero")
    return tf.clip_by_norm(gradient, 1.0)
