"""Keras' own padding, an LSTM without an Input, and RMSprop."""
# %% pad_function
def pad(sequences, maxlen):
    return keras.utils.pad_sequences(
        list(sequences), maxlen=maxlen, padding="post", truncating="pre", value=0
    )
# %% build_function
def build_rnn(vocab_size, embedding_dim, units):
    model = keras.Sequential()
    model.add(keras.layers.Embedding(vocab_size + 1, embedding_dim, mask_zero=True))
    model.add(keras.layers.LSTM(units))
    model.add(keras.layers.Dense(1))
    model.add(keras.layers.Activation("sigmoid"))
    return model
# %% train_function
def train(model, x, y, epochs, seed):
    tf.random.set_seed(seed)
    model.compile(
        optimizer=keras.optimizers.RMSprop(0.002),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=["accuracy"],
    )
    return model.fit(x, y, batch_size=16, epochs=epochs, verbose=0)
