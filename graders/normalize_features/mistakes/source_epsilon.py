"""sqrt(variance + 1e-7), as often seen.

fails: extremes
"""


# %% standardize_function
def standardize(data, mean, variance):
    x = tf.cast(data, tf.float32)
    return (x - mean) / tf.sqrt(variance + 1e-7)
