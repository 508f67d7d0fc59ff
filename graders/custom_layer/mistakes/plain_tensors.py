"""The weights are plain tensors.

fails: build, saving, keras_citizen
"""


# %% custom_dense
class CustomDense(keras.layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        limit = (6 / (input_shape[-1] + self.units)) ** 0.5
        self.kernel = tf.random.uniform((input_shape[-1], self.units), -limit, limit)
        self.bias = tf.zeros(self.units)

    def call(self, inputs):
        return self.activation(inputs @ self.kernel + self.bias)

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["activation"] = keras.activations.serialize(self.activation)
        return config
