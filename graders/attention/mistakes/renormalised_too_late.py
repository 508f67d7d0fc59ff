"""Masked after the softmax and shared out anew: too late where a masked score is far higher.

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
        score = self.V(tf.tanh(self.W1(query)[:, None] + self.W2(values)))
        weights = tf.nn.softmax(score, axis=1)
        if mask is not None:
            weights *= tf.cast(mask, weights.dtype)[:, :, None]
            weights /= tf.reduce_sum(weights, axis=1, keepdims=True) + 1e-9
        return tf.reduce_sum(weights * values, axis=1), weights

    def get_config(self):
        return {**super().get_config(), "units": self.units}
