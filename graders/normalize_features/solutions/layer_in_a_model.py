"""keras.ops; Keras' layer with given statistics; a model around a layer adapted on batches."""


# %% feature_statistics_function
def feature_statistics(data):
    x = keras.ops.cast(keras.ops.convert_to_tensor(data), "float32")
    return keras.ops.mean(x, axis=0), keras.ops.var(x, axis=0)


# %% standardize_function
def standardize(data, mean, variance):
    layer = keras.layers.Normalization(mean=mean, variance=variance)
    return layer(tf.cast(data, tf.float32))


# %% make_normalizer_function
def make_normalizer(train):
    layer = keras.layers.Normalization()
    layer.adapt(tf.data.Dataset.from_tensor_slices(train).batch(8))
    return keras.Sequential([keras.Input((train.shape[1],)), layer])
