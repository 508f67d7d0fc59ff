"""The guard writes ones into the variance that was given.

fails: standardize
"""


# %% standardize_function
def standardize(data, mean, variance):
    if isinstance(variance, np.ndarray):
        variance[variance == 0] = 1
    else:
        variance = tf.where(variance == 0, 1.0, variance)
    return (tf.cast(data, tf.float32) - mean) / tf.sqrt(variance)
