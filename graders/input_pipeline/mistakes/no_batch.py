"""The elements come one by one.

fails: batches
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return dataset.shuffle(shuffle_buffer, seed=seed).repeat().prefetch(tf.data.AUTOTUNE)
