"""float32 data are overwritten.

fails: standardize, reuse
"""


# %% standardize_function
def standardize(data, mean, variance):
    if isinstance(data, np.ndarray) and data.dtype == np.float32:
        data -= np.asarray(mean)
    else:
        data = tf.cast(data, tf.float32) - mean
    return tf.math.divide_no_nan(data, tf.sqrt(variance))
