"""Adapted to full batches only; the rest of the training data is left out.

fails: normalizer
"""


# %% make_normalizer_function
def make_normalizer(train):
    layer = keras.layers.Normalization()
    layer.adapt(tf.data.Dataset.from_tensor_slices(train).batch(8, drop_remainder=True))
    return layer
