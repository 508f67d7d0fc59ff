"""A loop augments the images once and keeps them.

fails: dataset
"""


# %% augment_dataset
def augment_dataset(dataset, augmenter):
    images, labels = [], []
    for image, label in dataset:
        images.append(augmenter(image, training=True))
        labels.append(label)
    return tf.data.Dataset.from_tensor_slices((images, labels))
