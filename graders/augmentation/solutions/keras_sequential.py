"""Two Keras layers in a Sequential, each with its own seed; a parallel map; plt.subplot."""


# %% build_augmenter
def build_augmenter(flip, brightness, seed=None):
    layers = []
    if flip:
        layers.append(keras.layers.RandomFlip("horizontal", seed=seed))
    if brightness:
        other = None if seed is None else seed + 1_000_000
        layers.append(
            keras.layers.RandomBrightness(brightness, value_range=(0.0, 1.0), seed=other)
        )
    return keras.Sequential(layers)


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    def augment(image, label):
        return augmenter(image, training=True), label

    return dataset.map(augment, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


# %% show_grid
def show_grid(image, augmenter, n):
    side = int(np.ceil(np.sqrt(n)))
    fig = plt.figure(figsize=(2 * side, 2 * side))
    for i in range(n):
        plt.subplot(side, side, i + 1)
        plt.imshow(np.asarray(augmenter(image, training=True)))
        plt.axis("off")
    fig.suptitle(f"{n} versions")
    plt.show()
    return fig
