"""BatchNormalization, which has seen the training data once.

fails: normalizer
"""


# %% make_normalizer_function
def make_normalizer(train):
    layer = keras.layers.BatchNormalization(center=False, scale=False, momentum=0.0)
    layer(tf.cast(train, tf.float32), training=True)
    return lambda data: layer(tf.cast(data, tf.float32))
