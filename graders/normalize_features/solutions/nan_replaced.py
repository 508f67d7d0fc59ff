"""NaN replaced afterwards; statistics of the kept training data, taken again at each call."""


# %% feature_statistics_function
def feature_statistics(data):
    data = tf.cast(data, tf.float32)
    mean = tf.math.reduce_mean(data, axis=-2)
    return mean, tf.reduce_mean(tf.math.squared_difference(data, mean), axis=-2)


# %% standardize_function
def standardize(data, mean, variance):
    z = tf.math.subtract(tf.cast(data, tf.float32), mean) / tf.math.sqrt(variance)
    return tf.where(tf.math.is_nan(z), tf.zeros_like(z), z)


# %% make_normalizer_function
def make_normalizer(train):
    return lambda data: standardize(data, *feature_statistics(train))
