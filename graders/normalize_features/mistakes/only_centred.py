"""The mean is taken off, the spread is left.

fails: standardize, extremes
"""


# %% standardize_function
def standardize(data, mean, variance):
    return tf.cast(data, tf.float32) - mean
