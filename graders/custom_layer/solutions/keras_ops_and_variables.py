"""keras.ops and keras.Variable, without add_weight; explicit Keras arguments."""


# %% custom_dense
class CustomDense(keras.Layer):
    def __init__(self, units, activation=None, name=None, dtype=None, trainable=True, **kwargs):
        super().__init__(name=name, dtype=dtype, trainable=trainable, **kwargs)
        self._units = units
        self._activation = keras.layers.Activation(activation)

    def build(self, input_shape):
        features = tf.TensorShape(input_shape)[-1]
        self._kernel = keras.Variable(
            keras.initializers.GlorotUniform(),
            shape=(features, self._units),
            dtype=self.variable_dtype,
            name="kernel",
        )
        self._bias = keras.Variable(np.zeros(self._units), dtype=self.variable_dtype, name="bias")

    def call(self, inputs):
        return self._activation(keras.ops.add(keras.ops.dot(inputs, self._kernel), self._bias))

    def get_config(self):
        function = keras.activations.get(self._activation.activation)
        return dict(super().get_config(), units=self._units, activation=function.__name__)
