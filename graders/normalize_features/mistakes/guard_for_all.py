"""One constant feature, and the whole table is zero.

fails: extremes
"""


# %% standardize_function
def standardize(data, mean, variance):
    x = tf.cast(data, tf.float32)
    if tf.reduce_any(tf.equal(variance, 0)):
        return tf.zeros_like(x)
    return (x - mean) / tf.sqrt(variance)
