"""Inside a tf.function it needs AutoGraph, for its `if`."""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = func(x)
    gradient = tape.gradient(outputs, x, unconnected_gradients="zero")
    if tf.reduce_any(tf.math.is_nan(gradient)):
        tf.print("The gradient is not a number everywhere.")
    return gradient
