"""Functional, batch normalisation, average pooling; a loop under tf.function."""


# %% cnn_function
def build_cnn(input_shape, num_classes):
    """Two blocks of convolution, normalisation and activation."""
    inputs = x = keras.Input(shape=input_shape)
    for filters in (16, 32):
        x = keras.layers.Conv2D(filters, (3, 3), padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.Activation("relu")(x)
        x = keras.layers.AveragePooling2D(pool_size=(2, 2))(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dropout(0.25)(x)
    x = keras.layers.Dense(num_classes)(x)
    return keras.Model(inputs=inputs, outputs=keras.layers.Softmax()(x))


# %% train_function
def train(model, images, labels, epochs, seed):
    optimizer = keras.optimizers.Adam(2e-3)
    data = tf.data.Dataset.from_tensor_slices((images, labels))
    data = data.shuffle(len(images), seed=seed).batch(32)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = keras.losses.SparseCategoricalCrossentropy()(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    losses = []
    for _ in range(epochs):
        total = sum(float(step(x, y)) * len(x) for x, y in data)
        losses.append(total / len(images))
    return losses


# %% predict_function
def predict_classes(model, images):
    probabilities = model(images, training=False)
    return tf.argmax(probabilities, axis=-1, output_type=tf.int32)
