"""Divided by the variance.

fails: standardize, extremes
"""


# %% standardize_function
def standardize(data, mean, variance):
    x = tf.cast(data, tf.float32)
    return tf.math.divide_no_nan(x - mean, variance)
