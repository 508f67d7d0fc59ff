"""Weights of one on each output, and the first gradient by value_and_gradient."""


# %% compute_gradient
def compute_gradient(func, at_point):
    point = tf.convert_to_tensor(at_point)
    if point.dtype.is_integer or point.dtype.is_bool:
        point = tf.cast(point, tf.float32)
    tape = tf.GradientTape()
    with tape:
        tape.watch([point])
        result = func(point)
    ones = tf.nest.map_structure(tf.ones_like, result)
    return tape.gradient(
        target=result,
        sources=point,
        output_gradients=ones,
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )


# %% second_derivative_function
def second_derivative(func, at_point):
    def total_slope(x):
        _, slope = value_and_gradient(func, x)
        return tf.math.reduce_sum(slope)

    value, gradient = value_and_gradient(total_slope, at_point)
    return gradient
