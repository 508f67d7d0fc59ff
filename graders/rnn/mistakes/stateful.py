"""The state goes on from batch to batch.

fails: model, mask, order, words
"""
# %% build_function
def build_rnn(vocab_size, embedding_dim, units):
    model = keras.Sequential()
    model.add(keras.layers.Embedding(vocab_size + 1, embedding_dim, mask_zero=True))
    model.add(keras.layers.SimpleRNN(units, stateful=True))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    return model
