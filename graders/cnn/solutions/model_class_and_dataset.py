"""A model class; a tf.data pipeline; one-hot labels and categorical cross-entropy."""


# %% cnn_function
class DigitReader(tf.keras.Model):
    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.convolutions = [
            tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        ]
        self.pool = tf.keras.layers.MaxPool2D(2)
        self.flatten = tf.keras.layers.Flatten()
        self.hidden = tf.keras.layers.Dense(64, activation="relu")
        self.dropout = tf.keras.layers.Dropout(0.5)
        self.out = tf.keras.layers.Dense(num_classes, activation="softmax")

    def call(self, x, training=None):
        for convolution in self.convolutions:
            x = self.pool(convolution(x))
        x = self.hidden(self.flatten(x))
        if training:
            x = self.dropout(x, training=True)
        return self.out(x)


def build_cnn(input_shape, num_classes):
    model = DigitReader(num_classes)
    model.build((None, *input_shape))
    return model


# %% train_function
def train(model, images, labels, epochs, seed):
    tf.keras.utils.set_random_seed(seed)
    count = int(model(images[:1]).shape[-1])
    targets = tf.one_hot(np.reshape(labels, -1), count)
    pipeline = (
        tf.data.Dataset.from_tensor_slices((images, targets))
        .shuffle(len(images))
        .batch(32)
        .prefetch(tf.data.AUTOTUNE)
    )
    model.compile(
        optimizer=tf.keras.optimizers.Adam(),
        loss=tf.keras.losses.CategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    result = model.fit(pipeline, epochs=epochs, verbose=0)
    return [float(loss) for loss in result.history["loss"]]


# %% predict_function
def predict_classes(model, images):
    batches = [images[i : i + 50] for i in range(0, len(images), 50)]
    return np.concatenate([np.argmax(model.predict_on_batch(b), axis=-1) for b in batches])
