"""The grid always has three rows of three, all of them filled.

fails: grid
"""


# %% show_grid
def show_grid(image, augmenter, n):
    figure, axes = plt.subplots(3, 3)
    for axis in axes.flat:
        axis.imshow(augmenter(image, training=True))
    return figure
