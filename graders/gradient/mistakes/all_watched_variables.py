"""The gradient with respect to func's own variables, if it has any.

fails: points, composition
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)

    variables = tape.watched_variables()
    return tape.gradient(y, variables[0] if variables else x, unconnected_gradients="zero")
