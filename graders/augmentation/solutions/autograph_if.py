"""Plain `if` on tensors, which AutoGraph turns into graph operations; two generators."""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    if seed is None:
        first, second = tf.random.get_global_generator().split(2)
    else:
        make = tf.random.Generator.from_key_counter
        first, second = (make(seed, [start, 0], "philox") for start in (0, 2**40))

    def augment(image):
        if flip:
            if first.uniform([]) < 0.5:
                image = image[:, ::-1]
        delta = second.uniform([], minval=-1, maxval=1) * brightness
        return tf.clip_by_value(tf.image.adjust_brightness(image, delta), 0, 1)

    def augmenter(images, training=None):
        if training:
            return augment(images) if images.ndim == 3 else tf.map_fn(augment, images)
        return images

    return augmenter


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    @tf.function
    def step(image, label):
        return augmenter(image, training=True), label

    return dataset.map(step, num_parallel_calls=2).prefetch(2)
