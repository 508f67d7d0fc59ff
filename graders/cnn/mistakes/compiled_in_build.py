"""The model is compiled when it is built; train relies on that.

fails: training
"""
# %% cnn_function
def build_cnn(input_shape, num_classes):
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(num_classes, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


# %% train_function
def train(model, images, labels, epochs, seed):
    keras.utils.set_random_seed(seed)
    history = model.fit(images, labels, epochs=epochs, verbose=0)
    return history.history["loss"]
