"""The prefetched dataset is made but not kept.

fails: prefetch
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    dataset = dataset.shuffle(shuffle_buffer, seed=seed).repeat().batch(batch_size)
    dataset.prefetch(tf.data.AUTOTUNE)
    return dataset
