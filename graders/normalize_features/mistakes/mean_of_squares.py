"""E[x²] - E[x]² in float32.

fails: statistics
"""


# %% feature_statistics_function
def feature_statistics(data):
    x = tf.cast(data, tf.float32)
    mean = tf.reduce_mean(x, axis=0)
    variance = tf.reduce_mean(tf.square(x), axis=0) - tf.square(mean)
    return mean, tf.maximum(variance, 0.0)
