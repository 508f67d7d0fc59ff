"""The embedding's length and the number of units are exchanged.

fails: model
"""
# %% build_function
def build_rnn(vocab_size, embedding_dim, units):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(vocab_size + 1, units, mask_zero=True),
            keras.layers.SimpleRNN(embedding_dim),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
