"""Query repeated at each step and joined to the values: one kernel holds W1 and W2."""


# %% attention_class
class BahdanauAttention(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.scorer = keras.Sequential(
            [keras.layers.Dense(units, activation="tanh"), keras.layers.Dense(1, use_bias=False)]
        )

    def call(self, query, values, mask=None):
        query = tf.repeat(query[:, tf.newaxis], tf.shape(values)[1], axis=1)
        logits = self.scorer(tf.concat([values, query], axis=-1))
        if mask is not None:
            padding = 1 - tf.cast(mask, logits.dtype)
            logits -= padding[..., tf.newaxis] * tf.cast(3e4, logits.dtype)
        weights = keras.activations.softmax(logits, axis=1)
        return tf.reduce_sum(weights * values, 1), weights

    def get_config(self):
        return {**super().get_config(), "units": self.units}
