"""The mean of bytes is taken in bytes, and cast afterwards.

fails: statistics
"""


# %% feature_statistics_function
def feature_statistics(data):
    x = tf.convert_to_tensor(data)
    mean = tf.cast(tf.reduce_mean(x, axis=0), tf.float32)
    variance = tf.reduce_mean((tf.cast(x, tf.float32) - mean) ** 2, axis=0)
    return mean, variance
