"""Masked steps level with the lowest, then softmax, masked and divided by what is left."""


# %% attention_class
class BahdanauAttention(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        self.units = units
        super().__init__(**kwargs)

    def build(self, query_shape, values_shape):
        self.w1 = self.add_weight(shape=(self.units, query_shape[-1]))
        self.w2 = self.add_weight(shape=(self.units, values_shape[-1]))
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")
        self.v = self.add_weight(shape=(self.units, 1))

    @tf.function
    def call(self, query, values, mask=None):
        asked = tf.matmul(query, self.w1, transpose_b=True) + self.b
        shown = tf.tensordot(values, self.w2, [[2], [1]])
        score = tf.tanh(asked[:, None] + shown) @ self.v
        if mask is not None:
            score = tf.where(mask[:, :, None], score, tf.reduce_min(score, 1, keepdims=True))
        weights = tf.nn.softmax(score, axis=-2)
        if mask is not None:
            weights *= tf.cast(mask[:, :, None], weights.dtype)
            weights /= tf.reduce_sum(weights, axis=1, keepdims=True) + keras.config.epsilon()
        return keras.ops.sum(weights * values, axis=1), weights

    def get_config(self):
        return {**super().get_config(), "units": self.units}
