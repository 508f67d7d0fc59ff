"""NumPy's generator inside tf.numpy_function, which is called for each image; a class."""


# %% build_augmenter
class NumpyAugmenter:
    def __init__(self, flip, brightness, seed):
        self.flip, self.brightness = flip, brightness
        self.rng = np.random.default_rng(seed)

    def work(self, images):
        batch = images if images.ndim == 4 else images[np.newaxis]
        out = []
        for image in batch:
            coin, shift = self.rng.random(), self.rng.uniform(-self.brightness, self.brightness)
            if self.flip and coin < 0.5:
                image = np.fliplr(image)
            out.append(np.clip(image + np.float32(shift), 0, 1))
        return np.reshape(out, images.shape).astype(np.float32)

    def __call__(self, images, *, training):
        if training:
            result = tf.numpy_function(self.work, [images], tf.float32)
            result.set_shape(images.shape)
            return result
        return images


def build_augmenter(flip, brightness, seed=None):
    return NumpyAugmenter(flip, brightness, seed)


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    return dataset.map(lambda x, y: (augmenter(x, training=True), y), deterministic=True)


# %% show_grid
def show_grid(image, augmenter, n):
    figure = plt.figure(layout="constrained")
    grid = figure.add_gridspec(n, 1)
    for k in range(n):
        axes = figure.add_subplot(grid[k, 0])
        axes.imshow(augmenter(tf.constant(image), training=True), interpolation="nearest")
        axes.set_title(str(k))
    return figure
