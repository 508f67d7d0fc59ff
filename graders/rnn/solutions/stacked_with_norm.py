"""Two recurrent layers, all states pooled, and shuffling by NumPy once."""
# %% pad_function
def pad(sequences, maxlen):
    sequences = [list(sequence)[-maxlen:] for sequence in sequences]
    if not sequences:
        return tf.zeros((0, maxlen), tf.int32)
    return tf.ragged.constant(sequences, dtype=tf.int32, ragged_rank=1).to_tensor(
        shape=(None, maxlen)
    )
# %% build_function
def build_rnn(vocab_size, embedding_dim, units):
    L = keras.layers
    return keras.Sequential(
        [
            keras.Input((None,)),
            L.Embedding(vocab_size + 1, embedding_dim, mask_zero=True),
            L.LayerNormalization(),
            L.SimpleRNN(units, return_sequences=True),
            L.RNN(L.GRUCell(units), return_sequences=True),
            L.GlobalAveragePooling1D(),
            L.Dense(1, "sigmoid"),
        ]
    )
# %% train_function
def train(model, x, y, epochs, seed):
    order = np.random.RandomState(seed).permutation(len(x))
    model.compile(keras.optimizers.Nadam(0.003), keras.losses.binary_crossentropy)
    model.fit(x[order], y[order, None], batch_size=16, epochs=epochs, shuffle=False, verbose=0)
