"""It inherits from keras.layers.Dense.

fails: build, forward, activation, config, saving, keras_citizen
"""


# %% custom_dense
class CustomDense(keras.layers.Dense):
    pass
