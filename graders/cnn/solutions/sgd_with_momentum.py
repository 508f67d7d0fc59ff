"""tanh and a wide stride, two dense layers, SGD with momentum, only TensorFlow seeded."""


# %% cnn_function
def build_cnn(input_shape, num_classes):
    model = keras.models.Sequential()
    model.add(keras.layers.InputLayer(shape=input_shape))
    model.add(keras.layers.Conv2D(24, 5, strides=1, padding="same", activation="tanh"))
    model.add(keras.layers.MaxPooling2D((2, 2)))
    model.add(keras.layers.Dropout(0.1))
    model.add(keras.layers.Conv2D(24, 3, strides=2, padding="same", activation="elu"))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(48))
    model.add(keras.layers.ReLU())
    model.add(keras.layers.GaussianDropout(0.2))
    model.add(keras.layers.Dense(num_classes, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
    return model


# %% train_function
def train(model, images, labels, epochs, seed):
    tf.random.set_seed(seed)
    sgd = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=False)
    model.compile(optimizer=sgd, loss=loss, metrics=["accuracy"])
    return model.fit(x=images, y=labels, batch_size=64, epochs=epochs, verbose=0).history["loss"]


# %% predict_function
def predict_classes(model, images):
    return np.argmax(model.predict(images, batch_size=128, verbose=0), -1)
