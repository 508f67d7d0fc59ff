"""reduce_mean and reduce_variance; tf.where around the divisor; an adapted layer."""


# %% feature_statistics_function
def feature_statistics(data):
    x = tf.convert_to_tensor(data)
    x = tf.cast(x, tf.float32)
    mean = tf.reduce_mean(x, axis=0)
    variance = tf.math.reduce_variance(x, axis=0)
    return mean, variance


# %% standardize_function
def standardize(data, mean, variance):
    x = tf.cast(data, tf.float32)
    std = tf.sqrt(variance)
    return (x - mean) / tf.where(std > 0, std, tf.ones_like(std))


# %% make_normalizer_function
def make_normalizer(train):
    layer = keras.layers.Normalization(axis=-1)
    layer.adapt(train)
    return layer
