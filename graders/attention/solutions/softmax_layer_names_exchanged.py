"""A Softmax layer with its mask; W1 is for the values, W2 for the query; a matrix product."""


# %% attention_class
class BahdanauAttention(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.W1, self.W2 = (keras.layers.Dense(units, use_bias=False) for _ in range(2))
        self.V = keras.layers.Dense(1, use_bias=False)
        self.softmax = keras.layers.Softmax(axis=-2)
        self.units = units

    def call(self, query, values, mask=None):
        query = self.W2(keras.ops.expand_dims(query, axis=-2))
        score = self.V(keras.activations.tanh(query + self.W1(values)))
        if mask is not None:
            mask = keras.ops.expand_dims(mask, -1)
        weights = self.softmax(score, mask=mask)
        context = tf.matmul(weights, values, transpose_a=True)
        return [keras.ops.squeeze(context, 1), weights]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
