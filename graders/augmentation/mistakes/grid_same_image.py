"""The image is augmented once and drawn n times.

fails: grid
"""


# %% show_grid
def show_grid(image, augmenter, n):
    figure, axes = plt.subplots(1, n, squeeze=False)
    version = augmenter(image, training=True)
    for axis in axes.flat:
        axis.imshow(version)
    return figure
