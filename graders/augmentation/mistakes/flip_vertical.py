"""Images are turned upside down.

fails: flip
"""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    if seed is None:
        generator = tf.random.Generator.from_non_deterministic_state()
    else:
        generator = tf.random.Generator.from_seed(seed)

    def augmenter(images, training):
        images = tf.convert_to_tensor(images)
        if not training:
            return images
        one_each = tf.concat([tf.shape(images)[:-3], [1, 1, 1]], axis=0)
        if flip:
            mirrored = generator.uniform(one_each) < 0.5
            images = tf.where(mirrored, tf.reverse(images, axis=[-3]), images)
        images = images + generator.uniform(one_each, -brightness, brightness)
        return tf.clip_by_value(images, 0.0, 1.0)

    return augmenter
