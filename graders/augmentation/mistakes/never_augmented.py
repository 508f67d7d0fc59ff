"""The flag is not passed on, and its default is False.

fails: flip, brightness, chance
"""


# %% build_augmenter
class Augmenter(keras.layers.Layer):
    def __init__(self, flip, brightness, seed):
        super().__init__()
        self.parts = [keras.layers.RandomFlip("horizontal", seed=seed)] if flip else []
        if brightness:
            other = None if seed is None else seed + 1
            self.parts.append(
                keras.layers.RandomBrightness(brightness, value_range=(0, 1), seed=other)
            )

    def call(self, images, training=False):
        for part in self.parts:
            images = part(images, training=False)
        return images


def build_augmenter(flip, brightness, seed=None):
    return Augmenter(flip, brightness, seed)
