"""A keras.layers.Dense inside does the work.

fails: build, forward, activation, config, saving, keras_citizen
"""


# %% custom_dense
class CustomDense(keras.layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        self.inner = keras.layers.Dense(self.units)
        self.inner.build(input_shape)

    def call(self, inputs):
        return self.activation(self.inner(inputs))

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["activation"] = keras.activations.serialize(self.activation)
        return config
