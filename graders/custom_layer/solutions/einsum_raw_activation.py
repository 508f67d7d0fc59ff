"""einsum; the config keeps the activation as it was given; bias made first."""


# %% custom_dense
class CustomDense(keras.layers.Layer):
    def __init__(self, units, activation=None, *, use_bias=True, **kwargs):
        self.units = int(units)
        self.activation = activation
        self.use_bias = use_bias
        super().__init__(**kwargs)

    def build(self, shape):
        if self.use_bias:
            self.bias = self.add_weight((self.units,), keras.initializers.Zeros(), name="bias")
        self.kernel = self.add_weight((shape[-1], self.units), name="kernel")
        self.built = True

    def call(self, inputs, training=False):
        outputs = tf.einsum("...i,ij->...j", inputs, self.kernel)
        if self.use_bias:
            outputs += self.bias
        return keras.activations.get(self.activation)(outputs)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": self.activation,
            "use_bias": self.use_bias,
        }


# %% register
keras.saving.get_custom_objects()["CustomDense"] = CustomDense
