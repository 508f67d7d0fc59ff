"""Several outputs are stacked, which fails where their shapes differ.

fails: gradient
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(func(x))
    return tape.gradient(y, x, unconnected_gradients="zero")
