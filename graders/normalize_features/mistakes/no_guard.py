"""Nothing against dividing by zero.

fails: extremes
"""


# %% standardize_function
def standardize(data, mean, variance):
    x = tf.cast(data, tf.float32)
    return (x - mean) / tf.sqrt(variance)
