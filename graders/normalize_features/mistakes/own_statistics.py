"""Takes the statistics of the data at hand instead of those given.

fails: standardize, normalizer, reuse
"""


# %% standardize_function
def standardize(data, mean, variance):
    x = tf.cast(data, tf.float64)
    mean, variance = tf.nn.moments(x, axes=[0])
    return tf.cast(tf.math.divide_no_nan(x - mean, tf.sqrt(variance)), tf.float32)
