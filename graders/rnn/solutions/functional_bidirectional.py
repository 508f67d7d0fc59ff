"""A functional model with two directions, and a dataset that shuffles."""
# %% pad_function
def pad(sequences, maxlen):
    rows = []
    for sequence in sequences:
        row = [int(number) for number in sequence][-maxlen:]
        rows.append(row + [0] * (maxlen - len(row)))
    return tf.reshape(tf.constant(rows, dtype=tf.int32), (len(rows), maxlen))
# %% build_function
def build_rnn(vocab_size, embedding_dim, units):
    ids = keras.Input(shape=(None,), dtype="int32")
    x = keras.layers.Embedding(vocab_size + 1, embedding_dim, mask_zero=True)(ids)
    x = keras.layers.Dropout(0.1)(x)
    x = keras.layers.Bidirectional(keras.layers.GRU(units))(x)
    p = keras.layers.Dense(1, activation="sigmoid")(x)
    model = keras.Model(ids, p)
    model.compile("adam", "mse")
    return model
# %% train_function
def train(model, x, y, epochs, seed):
    data = tf.data.Dataset.from_tensor_slices((x, y.astype("float32")))
    data = data.shuffle(len(x), seed=seed).batch(20).prefetch(1)
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="bce")
    model.fit(data, epochs=epochs, verbose=0)
