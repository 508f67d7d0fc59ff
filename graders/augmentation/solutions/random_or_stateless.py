"""tf.image.random_… without a seed, stateless with one; tf.cond; a dataset from a generator."""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    states = None if seed is None else tf.random.Generator.from_seed(seed + 17)

    def augment_one(image):
        if states is None:
            up = tf.random.uniform((), -brightness, brightness)
            heads = tf.random.uniform(()) > 0.5
        else:
            a, b = tf.unstack(states.make_seeds(2), axis=1)
            up = tf.random.stateless_uniform((), a, -brightness, brightness)
            heads = tf.random.stateless_uniform((), b, 0, 2, dtype=tf.int32) == 0
        if flip:
            image = tf.cond(heads, lambda: tf.image.flip_left_right(image), lambda: image)
        return tf.minimum(tf.maximum(image + up, 0.0), 1.0)

    @tf.function
    def augmenter(images, training=True):
        if not training:
            return tf.identity(images)
        if len(images.shape) == 3:
            return augment_one(images)
        return tf.map_fn(augment_one, images)

    return augmenter


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    def generate():
        for image, label in dataset:
            yield augmenter(image, training=True), label

    return tf.data.Dataset.from_generator(generate, output_signature=dataset.element_spec)


# %% show_grid
def show_grid(image, augmenter, n):
    repeated = tf.data.Dataset.from_tensors((image, 0)).repeat(n)
    figure, axes = plt.subplots((n + 2) // 3, 3)
    for axis, (version, _) in zip(np.ravel(axes), augment_dataset(repeated, augmenter)):
        axis.imshow(version)
    return figure
