"""The zeros are read like letters.

fails: mask
"""
# %% build_function
def build_rnn(vocab_size, embedding_dim, units):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(vocab_size + 1, embedding_dim),
            keras.layers.SimpleRNN(units),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
