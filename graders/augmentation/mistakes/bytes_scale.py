"""RandomBrightness is left to its range of 0 to 255.

fails: brightness
"""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    layers = []
    if flip:
        layers.append(keras.layers.RandomFlip("horizontal", seed=seed))
    if brightness > 0:
        layers.append(
            keras.layers.RandomBrightness(brightness, seed=None if seed is None else seed + 1)
        )
    return keras.Sequential(layers)
