"""Features and labels are shuffled apart from each other.

fails: epochs
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    features = dataset.map(lambda x, y: x).shuffle(shuffle_buffer, seed=seed)
    labels = dataset.map(lambda x, y: y).shuffle(shuffle_buffer, seed=seed)
    both = tf.data.Dataset.zip((features, labels))
    return both.repeat().batch(batch_size).prefetch(tf.data.AUTOTUNE)
