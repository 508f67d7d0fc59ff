"""One mean and one variance for the whole table.

fails: statistics
"""


# %% feature_statistics_function
def feature_statistics(data):
    x = tf.cast(data, tf.float32)
    d = x.shape[1]
    return tf.fill([d], tf.reduce_mean(x)), tf.fill([d], tf.math.reduce_variance(x))
