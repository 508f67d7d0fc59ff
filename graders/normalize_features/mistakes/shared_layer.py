"""One layer for all, adapted again; it is stuck with the width it saw first.

fails: normalizer, reuse
"""


# %% make_normalizer_function
layer = keras.layers.Normalization()


def make_normalizer(train):
    layer.adapt(train)
    return layer
