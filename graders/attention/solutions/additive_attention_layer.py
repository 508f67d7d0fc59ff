"""Keras' AdditiveAttention on projected query and keys."""


# %% attention_class
class BahdanauAttention(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.project_query = keras.layers.Dense(units, use_bias=False)
        self.project_values = keras.layers.Dense(units, use_bias=False)
        self.attention = keras.layers.AdditiveAttention()

    def call(self, query, values, mask=None):
        asked = tf.expand_dims(self.project_query(query), 1)
        context, weights = self.attention(
            [asked, values, self.project_values(values)],
            mask=[None, mask],
            return_attention_scores=True,
        )
        return tf.squeeze(context, 1), tf.transpose(weights, [0, 2, 1])

    def get_config(self):
        config = super().get_config()
        config["units"] = self.project_query.units
        return config
