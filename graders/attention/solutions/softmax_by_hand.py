"""exp of what lies below the maximum; masked, then divided by the sum, if there is one."""


# %% attention_class
class BahdanauAttention(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, query_shape, values_shape):
        self.query_layer = keras.layers.Dense(self.units)
        self.values_layer = keras.layers.EinsumDense("btd,du->btu", (None, self.units))
        self.score_layer = keras.layers.Dense(1)

    def call(self, query, values, mask=None):
        hidden = self.query_layer(query[:, None]) + self.values_layer(values)
        score = self.score_layer(tf.math.tanh(hidden))
        keep = tf.ones_like(score, tf.bool) if mask is None else mask[..., None]
        most = tf.reduce_max(tf.where(keep, score, score.dtype.min), axis=1, keepdims=True)
        power = tf.where(keep, tf.exp(tf.minimum(score - most, 0)), 0)
        weights = tf.math.divide_no_nan(power, tf.reduce_sum(power, axis=1, keepdims=True))
        return tf.einsum("btk,btd->bd", weights, values), weights

    def get_config(self):
        return {**super().get_config(), "units": self.units}
