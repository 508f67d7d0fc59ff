"""New layers, so new weights, at every call.

fails: score, masking, keras_citizen
"""


# %% attention_class
class BahdanauAttention(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def call(self, query, values, mask=None):
        asked = keras.layers.Dense(self.units)(query)[:, tf.newaxis, :]
        score = keras.layers.Dense(1)(tf.tanh(asked + keras.layers.Dense(self.units)(values)))
        if mask is not None:
            score = tf.where(mask[:, :, tf.newaxis], score, score.dtype.min)
        weights = tf.nn.softmax(score, axis=1)
        context = tf.reduce_sum(weights * values, axis=1)
        return context, weights

    def get_config(self):
        return {**super().get_config(), "units": self.units}
