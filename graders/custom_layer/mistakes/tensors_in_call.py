"""New weights are drawn at every call.

fails: build, forward, activation, config, saving, keras_citizen
"""


# %% custom_dense
class CustomDense(keras.layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def call(self, inputs):
        limit = (6 / (inputs.shape[-1] + self.units)) ** 0.5
        kernel = tf.random.uniform((inputs.shape[-1], self.units), -limit, limit)
        bias = tf.zeros(self.units)
        return self.activation(inputs @ kernel + bias)

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["activation"] = keras.activations.serialize(self.activation)
        return config
