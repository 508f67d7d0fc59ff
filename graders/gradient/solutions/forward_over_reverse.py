"""The second derivative by a forward accumulator with a tangent of ones."""


# %% second_derivative_function
def second_derivative(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if x.dtype.is_integer:
        x = tf.cast(x, tf.float32)
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as forward:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = func(x)
        first = tape.gradient(y, x, unconnected_gradients="zero")
    return forward.jvp(first, unconnected_gradients="zero")
