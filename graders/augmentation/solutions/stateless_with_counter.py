"""Stateless tf.image operations fed by a counter; tf.map_fn for batches; zipped datasets."""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    if seed is None:
        seed = int.from_bytes(np.random.default_rng().bytes(3), "little") + 2_000_000
    counter = tf.Variable(0, dtype=tf.int64, trainable=False)

    def one(image):
        number = counter.assign_add(1)
        seeds = tf.random.split(tf.stack([tf.constant(seed, tf.int64), number]), 2)
        if flip:
            image = tf.image.stateless_random_flip_left_right(image, seed=seeds[0])
        if brightness > 0:
            image = tf.image.stateless_random_brightness(image, brightness, seed=seeds[1])
            image = tf.clip_by_value(image, 0.0, 1.0)
        return image

    def augmenter(images, training=False):
        images = tf.convert_to_tensor(images, dtype=tf.float32)
        if not training:
            return images
        return tf.map_fn(one, images) if images.shape.rank == 4 else one(images)

    return augmenter


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    images = dataset.map(lambda image, label: augmenter(image, training=True))
    labels = dataset.map(lambda image, label: label)
    return tf.data.Dataset.zip((images, labels))


# %% show_grid
def show_grid(image, augmenter, n):
    figure, axes = plt.subplots(1, n)
    for axis in np.atleast_1d(axes):
        axis.imshow(np.array(augmenter(image, training=True)))
        axis.set_xticks([])
        axis.set_yticks([])
    return figure
