"""The global seed is set, as tutorials do.

fails: chance
"""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    if seed is not None:
        keras.utils.set_random_seed(seed)
    layers = [keras.layers.RandomFlip("horizontal")] if flip else []
    if brightness:
        layers.append(keras.layers.RandomBrightness(brightness, value_range=(0, 1)))
    return keras.Sequential(layers)
