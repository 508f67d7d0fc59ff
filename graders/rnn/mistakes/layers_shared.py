"""All models share one embedding.

fails: model
"""
# %% build_function
EMBEDDINGS = {}


def build_rnn(vocab_size, embedding_dim, units):
    size = (vocab_size, embedding_dim)
    if size not in EMBEDDINGS:
        EMBEDDINGS[size] = keras.layers.Embedding(vocab_size + 1, embedding_dim, mask_zero=True)
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            EMBEDDINGS[size],
            keras.layers.SimpleRNN(units),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
