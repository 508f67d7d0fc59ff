"""Both Keras layers are given the same seed, so they draw the same.

fails: chance
"""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    layers = []
    if flip:
        layers.append(keras.layers.RandomFlip("horizontal", seed=seed))
    if brightness > 0:
        layers.append(keras.layers.RandomBrightness(brightness, value_range=(0, 1), seed=seed))
    return keras.Sequential(layers)
