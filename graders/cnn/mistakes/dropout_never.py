"""A model class whose dropout is told that it is never training.

fails: dropout
"""
# %% cnn_function
class Network(keras.Model):
    def __init__(self, num_classes):
        super().__init__()
        self.features = keras.Sequential(
            [
                keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
                keras.layers.MaxPooling2D(),
                keras.layers.Flatten(),
            ]
        )
        self.dropout = keras.layers.Dropout(0.5)
        self.classify = keras.layers.Dense(num_classes, activation="softmax")

    def call(self, inputs, training=False):
        x = self.features(inputs)
        return self.classify(self.dropout(x, training=False))


def build_cnn(input_shape, num_classes):
    return Network(num_classes)
