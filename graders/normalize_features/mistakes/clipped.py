"""Outliers are cut off at three standard deviations.

fails: standardize
"""


# %% standardize_function
def standardize(data, mean, variance):
    x = tf.cast(data, tf.float32)
    return tf.clip_by_value(tf.math.divide_no_nan(x - mean, tf.sqrt(variance)), -3.0, 3.0)
