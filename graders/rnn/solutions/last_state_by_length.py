"""No mask: the state after the last letter is picked by the length."""
# %% pad_function
def pad(sequences, maxlen):
    rows = []
    for sequence in sequences:
        row = np.zeros(maxlen)
        for place, number in enumerate(sequence[max(0, len(sequence) - maxlen) :]):
            row[place] = number
        rows.append(row)
    return tf.cast(np.reshape(rows, (len(rows), maxlen)), tf.int32)
# %% build_function
class LastState(keras.layers.Layer):
    def call(self, inputs):
        ids, states = inputs
        length = keras.ops.sum(keras.ops.cast(ids != 0, "int32"), axis=1)
        last = keras.ops.reshape(keras.ops.maximum(length, 1) - 1, (-1, 1, 1))
        return keras.ops.take_along_axis(states, last, axis=1)[:, 0]


def build_rnn(vocab_size, embedding_dim, units):
    ids = keras.Input((None,), dtype="int64")
    vectors = keras.layers.Embedding(input_dim=vocab_size + 1, output_dim=embedding_dim)(ids)
    states = keras.layers.LSTM(units, return_sequences=True)(vectors)
    return keras.Model(ids, keras.layers.Dense(1, "sigmoid")(LastState()([ids, states])))
# %% train_function
def train(model, x, y, epochs, seed):
    model.compile(keras.optimizers.SGD(0.3, momentum=0.8), "binary_crossentropy")
    for epoch in range(epochs):
        order = np.random.default_rng([seed, epoch]).permutation(len(x))
        for chosen in np.array_split(order, max(1, len(x) // 25)):
            model.train_on_batch(x[chosen], y[chosen])
