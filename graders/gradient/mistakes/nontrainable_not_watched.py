"""Variables are left to the tape, which does not follow all of them.

fails: points
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    if isinstance(at_point, tf.Variable):
        x = at_point
    else:
        x = tf.convert_to_tensor(at_point)
        if not x.dtype.is_floating:
            x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        if not isinstance(x, tf.Variable):
            tape.watch(x)
        y = func(x)
    return tape.gradient(y, x, unconnected_gradients="zero")
