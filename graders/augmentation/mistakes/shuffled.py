"""The pairs come in another order.

fails: dataset
"""


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    return dataset.map(lambda image, label: (augmenter(image, training=True), label)).shuffle(100)
