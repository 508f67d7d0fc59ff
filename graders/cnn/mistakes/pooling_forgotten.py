"""A model class that makes a pooling layer and never calls it.

fails: layers
"""
# %% cnn_function
class Network(keras.Model):
    def __init__(self, num_classes):
        super().__init__()
        self.conv = keras.layers.Conv2D(24, 3, activation="relu")
        self.pool = keras.layers.MaxPooling2D()
        self.flatten = keras.layers.Flatten()
        self.dropout = keras.layers.Dropout(0.3)
        self.classify = keras.layers.Dense(num_classes, activation="softmax")

    def call(self, inputs, training=None):
        x = self.flatten(self.conv(inputs))
        return self.classify(self.dropout(x, training=training))


def build_cnn(input_shape, num_classes):
    model = Network(num_classes)
    model.build((None, *input_shape))
    return model
