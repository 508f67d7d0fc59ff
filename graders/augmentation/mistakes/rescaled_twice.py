"""Images that are in [0, 1] already are divided by 255.

fails: dataset
"""


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    return dataset.map(
        lambda image, label: (augmenter(image, training=True) / 255.0, label)
    )
