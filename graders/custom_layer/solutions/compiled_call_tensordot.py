"""call is a tf.function; tensordot; casts by hand; settings kept in private names."""


# %% custom_dense
@keras.utils.register_keras_serializable(package="mine", name="my_dense")
class CustomDense(tf.keras.Layer):
    """A dense layer."""

    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.config = {"units": units, "activation": keras.activations.get(activation)}

    def build(self, input_shape):
        *_, features = input_shape
        units = self.config["units"]
        make = self.add_weight
        kernel = make(name="kernel", shape=[features, units], initializer="glorot_uniform")
        bias = make(name="bias", shape=[units], initializer="zeros")
        self.parts = [kernel, bias]

    @tf.function
    def call(self, inputs):
        kernel, bias = (tf.cast(part, inputs.dtype) for part in self.parts)
        return self.config["activation"](tf.tensordot(inputs, kernel, axes=[[-1], [0]]) + bias)

    def get_config(self):
        base = super().get_config()
        activation = keras.activations.serialize(self.config["activation"])
        return base | {"units": self.config["units"], "activation": activation}


# %% register
pass
