"""A Keras layer with a SeedGenerator and keras.ops; the grid augments a batch of copies."""


# %% build_augmenter
class Augmenter(keras.layers.Layer):
    def __init__(self, flip, brightness, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.flip = flip
        self.brightness = brightness
        self.chance = keras.random.SeedGenerator(seed)

    def call(self, images, training=False):
        if not training:
            return images
        shape = keras.ops.shape(images)[:-3] + (1, 1, 1)
        coin = keras.random.randint(shape, 0, 2, seed=self.chance)
        shift = keras.random.uniform(shape, seed=self.chance) * 2 - 1
        if self.flip:
            images = keras.ops.where(coin == 1, keras.ops.flip(images, axis=-2), images)
        return keras.ops.clip(images + self.brightness * shift, 0, 1)


def build_augmenter(flip, brightness, seed=None):
    return Augmenter(flip, brightness, seed)


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    def augment(images, labels):
        return augmenter(images, training=True), labels

    return dataset.batch(4).map(augment).unbatch()


# %% show_grid
def show_grid(image, augmenter, n):
    copies = np.repeat(np.asarray(image)[np.newaxis], n, axis=0)
    versions = augmenter(copies, training=True).numpy()
    figure = plt.Figure()
    for i, version in enumerate(versions):
        figure.add_subplot(n // 4 + 1, 4, i + 1).imshow((version * 255).astype("uint8"))
    return figure
