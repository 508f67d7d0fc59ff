"""Differences in float32 in place of the tape.

fails: gradient, points, composition, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    step = 1e-3
    flat = tf.reshape(x, [-1])
    slopes = []
    for i in range(x.shape.num_elements()):
        shift = tf.reshape(step * tf.one_hot(i, len(flat), dtype=x.dtype), x.shape)
        above = sum(tf.reduce_sum(part) for part in tf.nest.flatten(func(x + shift)))
        below = sum(tf.reduce_sum(part) for part in tf.nest.flatten(func(x - shift)))
        slopes.append((above - below) / (2 * step))
    return tf.reshape(tf.stack(slopes), x.shape)
