"""The weights are tf.Variables, which Keras 3 does not track.

fails: build, saving, keras_citizen
"""


# %% custom_dense
class CustomDense(keras.layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        start = keras.initializers.GlorotUniform()((input_shape[-1], self.units))
        self.kernel = tf.Variable(start, name="kernel", trainable=True)
        self.bias = tf.Variable(tf.zeros(self.units), name="bias", trainable=True)

    def call(self, inputs):
        return self.activation(inputs @ self.kernel + self.bias)

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["activation"] = keras.activations.serialize(self.activation)
        return config
