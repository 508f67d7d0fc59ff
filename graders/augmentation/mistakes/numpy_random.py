"""NumPy draws the numbers, once, while the function is traced.

fails: flip, brightness, chance
"""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    rng = np.random.default_rng(seed)

    def augmenter(images, training):
        images = tf.convert_to_tensor(images)
        if not training:
            return images
        several = images.shape[0] if images.shape.rank == 4 and images.shape[0] else 4
        one_each = (several, 1, 1, 1) if images.shape.rank == 4 else (1, 1, 1)
        if flip:
            images = tf.where(rng.random(one_each) < 0.5, images[..., ::-1, :], images)
        shift = rng.uniform(-brightness, brightness, one_each).astype("float32")
        return tf.clip_by_value(images + shift, 0.0, 1.0)

    return augmenter
