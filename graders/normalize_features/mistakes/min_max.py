"""Each feature from 0 to 1.

fails: normalizer
"""


# %% make_normalizer_function
def make_normalizer(train):
    train = tf.cast(train, tf.float32)
    low, high = tf.reduce_min(train, axis=0), tf.reduce_max(train, axis=0)
    return lambda data: tf.math.divide_no_nan(tf.cast(data, tf.float32) - low, high - low)
