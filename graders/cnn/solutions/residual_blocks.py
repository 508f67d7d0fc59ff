"""Blocks as layers of their own, separable convolutions, train_on_batch in an order from NumPy."""


# %% cnn_function
class Block(keras.layers.Layer):
    def __init__(self, filters):
        super().__init__()
        self.straight = keras.layers.Conv2D(filters, 1)
        self.around = keras.Sequential(
            [
                keras.layers.SeparableConv2D(filters, 3, padding="same"),
                keras.layers.LeakyReLU(negative_slope=0.2),
                keras.layers.Conv2D(filters, (3, 1), padding="same"),
            ]
        )
        self.pool = keras.layers.MaxPooling2D(padding="same")

    def call(self, inputs):
        return self.pool(tf.nn.relu(self.straight(inputs) + self.around(inputs)))


def build_cnn(input_shape, num_classes):
    model = keras.Sequential([keras.Input(input_shape), Block(16), Block(32)])
    model.add(keras.layers.SpatialDropout2D(0.1))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(units=num_classes, activation=tf.nn.softmax))
    return model


# %% train_function
def train(model, images, labels, epochs, seed):
    order = np.random.default_rng(seed)
    labels = np.asarray(labels).reshape(len(images))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="nadam")
    losses = []
    for _ in range(epochs):
        total = 0.0
        for chosen in np.array_split(order.permutation(len(images)), max(1, len(images) // 40)):
            model.reset_metrics()
            loss = model.train_on_batch(images[chosen], labels[chosen])
            total += np.ravel(loss)[0] * len(chosen)
        losses.append(total / len(images))
    return losses


# %% predict_function
def predict_classes(model, images):
    return np.array([int(np.argmax(row)) for row in model(images).numpy()])
