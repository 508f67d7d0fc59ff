"""A stateful writer: a class with __call__, and record switched by hand."""


# %% compute_gradient
class Differentiator:
    def __init__(self, func):
        self.func = func

    def __call__(self, at_point):
        x = tf.identity(at_point)
        if x.dtype != tf.float64:
            x = tf.cast(x, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(x)
            self.value = self.func(x)
            with tape.stop_recording():
                gradient = None
        gradient = tape.gradient(self.value, x)
        if gradient is None:
            gradient = tf.zeros(tf.shape(x), x.dtype)
        return gradient


def compute_gradient(func, at_point):
    return Differentiator(func)(at_point)


# %% value_and_gradient_function
def value_and_gradient(func, at_point):
    d = Differentiator(func)
    gradient = d(at_point)
    return d.value, gradient
