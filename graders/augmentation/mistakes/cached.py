"""The dataset is cached after the random step.

fails: dataset
"""


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    return dataset.map(lambda image, label: (augmenter(image, training=True), label)).cache()
