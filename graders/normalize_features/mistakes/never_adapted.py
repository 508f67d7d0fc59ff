"""Keras' layer without adapt.

fails: normalizer, reuse
"""


# %% make_normalizer_function
def make_normalizer(train):
    layer = keras.layers.Normalization()
    layer.build(train.shape)
    return layer
