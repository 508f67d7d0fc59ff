"""The augmented images are added to the original ones.

fails: dataset
"""


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    augmented = dataset.map(lambda image, label: (augmenter(image, training=True), label))
    return dataset.concatenate(augmented)
