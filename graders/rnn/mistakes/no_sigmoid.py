"""The output is a logit.

fails: model, words
"""
# %% build_function
def build_rnn(vocab_size, embedding_dim, units):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(vocab_size + 1, embedding_dim, mask_zero=True),
            keras.layers.SimpleRNN(units),
            keras.layers.Dense(1),
        ]
    )
