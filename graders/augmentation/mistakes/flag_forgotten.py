"""The augmenter is called without the flag.

fails: dataset
"""


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    return dataset.map(lambda image, label: (augmenter(image), label))
