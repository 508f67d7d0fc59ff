"""tf.nn.batch_normalization with its usual epsilon of 0.001.

fails: standardize, extremes
"""


# %% standardize_function
def standardize(data, mean, variance):
    x = tf.cast(data, tf.float32)
    return tf.nn.batch_normalization(x, mean, variance, None, None, variance_epsilon=1e-3)
