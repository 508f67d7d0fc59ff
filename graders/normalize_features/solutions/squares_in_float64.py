"""Mean of squares minus squared mean in float64; multiply_no_nan; a layer without adapt."""


# %% feature_statistics_function
def feature_statistics(data):
    x = tf.cast(data, "float64")
    count = tf.cast(tf.shape(x)[0], "float64")
    mean = tf.einsum("nd->d", x) / count
    variance = tf.maximum(tf.einsum("nd,nd->d", x, x) / count - mean**2, 0)
    return tf.cast(mean, "float32"), tf.cast(variance, "float32")


# %% standardize_function
def standardize(data, mean, variance):
    known = tf.cast(variance > 0, tf.float32)
    scale = tf.math.multiply_no_nan(tf.math.rsqrt(variance), known)
    return (tf.cast(data, tf.float32) - mean) * scale


# %% make_normalizer_function
def make_normalizer(train):
    mean, variance = feature_statistics(train)
    layer = keras.layers.Normalization(mean=mean.numpy(), variance=variance.numpy())
    layer.build((None, train.shape[1]))
    return lambda data: layer(tf.cast(data, tf.float32))
