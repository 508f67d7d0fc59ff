"""The seed is given to tf.image's stateful operations.

fails: chance
"""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    def one(image):
        if flip:
            image = tf.image.random_flip_left_right(image, seed=seed)
        image = tf.image.random_brightness(image, brightness, seed=seed)
        return tf.clip_by_value(image, 0.0, 1.0)

    def augmenter(images, training):
        if not training:
            return images
        return tf.map_fn(one, images) if len(images.shape) == 4 else one(images)

    return augmenter
