"""An iterator is returned, not the dataset.

fails: batches, epochs, buffer, seed, prefetch
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return iter(
        dataset.shuffle(shuffle_buffer, seed=seed)
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
