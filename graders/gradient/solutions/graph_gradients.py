"""tf.gradients inside tf.functions, without a tape."""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    x = x if x.dtype.is_floating else tf.cast(x, "float32")

    @tf.function
    def run(x):
        return tf.gradients(func(x), x, unconnected_gradients="zero")[0]

    return run(x)


# %% value_and_gradient_function
def value_and_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    x = x if x.dtype.is_floating else tf.cast(x, "float32")

    @tf.function
    def run(x):
        y = func(x)
        return y, tf.gradients(y, x, unconnected_gradients="zero")[0]

    return run(x)


# %% second_derivative_function
def second_derivative(func, at_point):
    x = tf.convert_to_tensor(at_point)
    x = x if x.dtype.is_floating else tf.cast(x, "float32")

    @tf.function
    def run(x):
        (first,) = tf.gradients(func(x), [x], unconnected_gradients="zero")
        return tf.gradients(first, [x], unconnected_gradients="zero")[0]

    return run(x)
