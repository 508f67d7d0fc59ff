"""Flattens to a matrix and back with dynamic shapes; limits worked out by hand; tf.nn.bias_add."""


# %% custom_dense
class CustomDense(keras.layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = activation
        if activation is None:
            self.function = lambda y: y
        elif callable(activation):
            self.function = activation
        else:
            self.function = getattr(keras.activations, activation)

    def build(self, input_shape):
        features = input_shape[-1]
        limit = (6 / (features + self.units)) ** 0.5
        self.kernel = self.add_weight(
            name="kernel",
            shape=(features, self.units),
            initializer=lambda shape, dtype: tf.random.uniform(shape, -limit, limit, dtype),
        )
        self.bias = self.add_weight(
            name="bias",
            shape=(self.units,),
            initializer=lambda shape, dtype: tf.zeros(shape, dtype),
        )

    def call(self, inputs):
        shape = tf.shape(inputs)
        rows = tf.reshape(inputs, [tf.reduce_prod(shape[:-1]), inputs.shape[-1]])
        outputs = tf.nn.bias_add(tf.matmul(rows, self.kernel), self.bias)
        outputs = tf.reshape(outputs, tf.concat([shape[:-1], [self.units]], 0))
        outputs.set_shape(inputs.shape[:-1] + [self.units])
        return self.function(outputs)

    def get_config(self):
        config = super().get_config()
        activation = self.activation
        if callable(activation):
            activation = keras.saving.serialize_keras_object(activation)
        config.update(units=self.units, activation=activation)
        return config

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        if isinstance(config["activation"], dict):
            config["activation"] = keras.saving.deserialize_keras_object(config["activation"])
        return cls(**config)
