"""Only sequences of six letters are taken.

fails: model, mask
"""
# %% build_function
def build_rnn(vocab_size, embedding_dim, units):
    ids = keras.Input((6,), dtype="int32")
    x = keras.layers.Embedding(vocab_size + 1, embedding_dim, mask_zero=True)(ids)
    x = keras.layers.SimpleRNN(units)(x)
    return keras.Model(ids, keras.layers.Dense(1, activation="sigmoid")(x))
