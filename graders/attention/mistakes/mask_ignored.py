"""The mask is ignored.

fails: masking
"""


# %% attention_class
class BahdanauAttention(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.W1 = keras.layers.Dense(units)
        self.W2 = keras.layers.Dense(units)
        self.V = keras.layers.Dense(1)

    def call(self, query, values, mask=None):
        asked = self.W1(query)[:, tf.newaxis, :]
        score = self.V(tf.tanh(asked + self.W2(values)))
        weights = tf.nn.softmax(score, axis=1)
        context = tf.reduce_sum(weights * values, axis=1)
        return context, weights

    def get_config(self):
        return {**super().get_config(), "units": self.units}
