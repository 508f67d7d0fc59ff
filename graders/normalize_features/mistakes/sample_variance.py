"""Divided by n - 1.

fails: statistics
"""


# %% feature_statistics_function
def feature_statistics(data):
    x = np.asarray(data, dtype="float64")
    mean, variance = x.mean(axis=0), x.var(axis=0, ddof=1)
    return tf.constant(mean, tf.float32), tf.constant(variance, tf.float32)
