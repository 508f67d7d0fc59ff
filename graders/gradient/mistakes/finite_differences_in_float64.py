"""Central differences in float64: close, but not exact.

fails: points, composition, second_derivative
"""


# %% compute_gradient
def compute_gradient(func, at_point):
    x = tf.convert_to_tensor(at_point)
    if not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    kept, x, step = x.dtype, tf.cast(x, tf.float64), 1e-6
    flat = tf.reshape(x, [-1])
    slopes = []
    for i in range(x.shape.num_elements()):
        shift = tf.reshape(step * tf.one_hot(i, len(flat), dtype=x.dtype), x.shape)
        above = sum(tf.cast(tf.reduce_sum(p), x.dtype) for p in tf.nest.flatten(func(x + shift)))
        below = sum(tf.cast(tf.reduce_sum(p), x.dtype) for p in tf.nest.flatten(func(x - shift)))
        slopes.append((above - below) / (2 * step))
    return tf.cast(tf.reshape(tf.stack(slopes), x.shape), kept)
