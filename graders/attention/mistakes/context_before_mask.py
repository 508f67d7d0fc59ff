"""The context is made before the mask goes in.

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
        context = tf.reduce_sum(tf.nn.softmax(score, axis=1) * values, axis=1)
        if mask is not None:
            score = tf.where(mask[:, :, tf.newaxis], score, score.dtype.min)
        return context, tf.nn.softmax(score, axis=1)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
