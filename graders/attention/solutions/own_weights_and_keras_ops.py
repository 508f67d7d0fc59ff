"""add_weight in build, V as a vector, einsum, keras.ops; no biases."""


# %% attention_class
class BahdanauAttention(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        self.units = int(units)
        super().__init__(**kwargs)

    def build(self, query_shape, values_shape):
        self.v = self.add_weight((self.units,), "random_normal")
        self.values_kernel = self.add_weight((values_shape[-1], self.units))
        self.query_kernel = self.add_weight((query_shape[-1], self.units))

    def call(self, query, values, mask=None):
        hidden = keras.ops.tanh(
            keras.ops.einsum("bq,qu->bu", query, self.query_kernel)[:, None]
            + keras.ops.einsum("btv,vu->btu", values, self.values_kernel)
        )
        scores = keras.ops.einsum("btu,u->bt", hidden, self.v)
        if mask is not None:
            scores = keras.ops.where(mask, scores, -1e4)
        weights = keras.ops.softmax(scores)
        context = keras.ops.einsum("bt,btv->bv", weights, values)
        return context, weights[..., None]

    def get_config(self):
        config = super().get_config()
        config.update(units=self.units)
        return config
