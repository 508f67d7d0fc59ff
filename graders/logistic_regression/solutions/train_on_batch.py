"""train_on_batch in batches picked by row numbers; momentum; uint8 labels."""


# %% build_model
def build_model(n_features):
    return tf.keras.Sequential(
        [
            tf.keras.layers.InputLayer(shape=(n_features,)),
            tf.keras.layers.Dense(
                1, activation=tf.nn.sigmoid, kernel_initializer="he_normal", bias_initializer="ones"
            ),
        ],
        name="logistic",
    )


# %% train
def train(model, x, y, epochs, seed):
    generator = np.random.RandomState(seed)
    model.compile(
        loss=keras.losses.BinaryCrossentropy(),
        optimizer=keras.optimizers.SGD(0.03, momentum=0.9, nesterov=True),
        metrics=["accuracy"],
    )
    losses = np.zeros(epochs)
    for epoch in range(epochs):
        order = generator.permutation(len(x))
        for rows in np.array_split(order, len(x) // 20):
            loss, _ = model.train_on_batch(x[rows], y[rows])
            losses[epoch] += loss * len(rows) / len(x)
    return losses


# %% predict_labels
def predict_labels(model, x, threshold=0.5):
    return np.where(np.asarray(model(x)) < threshold, 0, 1).astype(np.uint8).ravel()
