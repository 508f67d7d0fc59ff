"""One helper does it all; compute_gradient is the second half of value_and_gradient."""

# %% compute_gradient
FLOATS = (tf.float16, tf.bfloat16, tf.float32, tf.float64)


def as_point(p):
    if isinstance(p, tf.Variable):
        p = p.read_value()
    elif not isinstance(p, tf.Tensor):
        p = tf.constant(p)
    return p if p.dtype in FLOATS else tf.cast(p, tf.float32)


def value_and_gradient(func, at_point):
    point = as_point(at_point)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(point)
        value = func(point)
    (gradient,) = tape.gradient(value, [point])
    if gradient is None:
        gradient = tf.zeros_like(point)
    return value, gradient


def compute_gradient(func, at_point):
    _, gradient = value_and_gradient(func, at_point)
    return gradient


# %% value_and_gradient_function
# value_and_gradient is defined above.


# %% second_derivative_function
def second_derivative(func, at_point):
    point = as_point(at_point)
    with tf.GradientTape() as outer:
        outer.watch(point)
        with tf.GradientTape() as inner:
            inner.watch(point)
            value = func(point)
        first = inner.gradient(value, point)
        if first is None:
            return tf.zeros_like(point)
        total = tf.reduce_sum(first)
    second = outer.gradient(total, point)
    return tf.zeros_like(point) if second is None else second
