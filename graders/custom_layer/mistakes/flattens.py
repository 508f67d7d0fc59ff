"""All axes but the first are flattened.

fails: forward, keras_citizen
"""


# %% custom_dense
class CustomDense(keras.layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        features = 1
        for size in input_shape[1:]:
            features *= size
        self.kernel = self.add_weight(
            name="kernel", shape=(features, self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        inputs = tf.reshape(inputs, (tf.shape(inputs)[0], self.kernel.shape[0]))
        return self.activation(inputs @ self.kernel + self.bias)

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["activation"] = keras.activations.serialize(self.activation)
        return config
