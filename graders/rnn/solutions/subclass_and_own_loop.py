"""A subclassed model, and a loop with a gradient tape."""
# %% pad_function
def pad(sequences, maxlen):
    sequences = [np.asarray(sequence, dtype=np.int32)[-maxlen:] for sequence in sequences]
    padded = [np.pad(sequence, (0, maxlen - len(sequence))) for sequence in sequences]
    return np.array(padded, dtype=np.int32).reshape(-1, maxlen)
# %% build_function
class Reader(keras.Model):
    def __init__(self, vocab_size, embedding_dim, units):
        super().__init__()
        self.embedding = keras.layers.Embedding(vocab_size + 1, embedding_dim)
        self.gru = keras.layers.GRU(units)
        self.hidden = keras.layers.Dense(8, activation="relu")
        self.out = keras.layers.Dense(1, activation="sigmoid")

    def call(self, ids):
        state = self.gru(self.embedding(ids), mask=tf.not_equal(ids, 0))
        return self.out(self.hidden(state))


def build_rnn(vocab_size, embedding_dim, units):
    return Reader(vocab_size, embedding_dim, units)
# %% train_function
def train(model, x, y, epochs, seed):
    rng = np.random.default_rng(seed)
    optimizer = keras.optimizers.Adam(0.01)
    y = y.astype("float32").reshape(-1, 1)

    @tf.function(reduce_retracing=True)
    def step(x, y):
        with tf.GradientTape() as tape:
            p = tf.clip_by_value(model(x, training=True), 1e-7, 1 - 1e-7)
            loss = -tf.reduce_mean(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))

    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 32):
            chosen = order[start : start + 32]
            step(tf.constant(x[chosen]), tf.constant(y[chosen]))
