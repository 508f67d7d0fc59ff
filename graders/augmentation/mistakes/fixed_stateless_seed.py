"""Stateless operations are given the same pair of seeds at each call.

fails: flip, brightness, chance
"""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    pair = (0 if seed is None else seed, 42)

    def augmenter(images, training):
        images = tf.convert_to_tensor(images)
        if not training:
            return images
        one_each = tf.concat([tf.shape(images)[:-3], [1, 1, 1]], axis=0)
        if flip:
            mirrored = tf.random.stateless_uniform(one_each, seed=pair) < 0.5
            images = tf.where(mirrored, tf.reverse(images, axis=[-2]), images)
        other = (pair[0], 43)
        shift = tf.random.stateless_uniform(one_each, other, -brightness, brightness)
        return tf.clip_by_value(images + shift, 0.0, 1.0)

    return augmenter
