"""Ids become unit vectors, and there is no embedding.

fails: model
"""
# %% build_function
class OneHot(keras.layers.Layer):
    def __init__(self, depth):
        super().__init__()
        self.depth = depth
        self.supports_masking = True

    def compute_mask(self, ids, mask=None):
        return ids != 0

    def call(self, ids):
        return tf.one_hot(ids, self.depth)


def build_rnn(vocab_size, embedding_dim, units):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            OneHot(vocab_size + 1),
            keras.layers.SimpleRNN(units),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
