"""compute_gradient and value_and_gradient are tf.functions themselves."""


# %% compute_gradient
@tf.function
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    x = tf.identity(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    g = tape.gradient(y, x)
    return tf.zeros_like(x) if g is None else g


# %% value_and_gradient_function
@tf.function
def value_and_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = func(x)
    g = tape.gradient(y, x)
    if g is None:
        g = tf.zeros_like(x)
    return y, g
