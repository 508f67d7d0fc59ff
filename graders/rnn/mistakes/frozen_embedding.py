"""The embedding stays as it was drawn.

fails: words
"""
# %% build_function
def build_rnn(vocab_size, embedding_dim, units):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(
                vocab_size + 1, embedding_dim, mask_zero=True, trainable=False
            ),
            keras.layers.SimpleRNN(units),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
