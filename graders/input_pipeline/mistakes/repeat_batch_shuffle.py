"""The batches of an endless stream are shuffled as wholes.

fails: epochs
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.repeat()
        .batch(batch_size)
        .shuffle(shuffle_buffer, seed=seed)
        .prefetch(tf.data.AUTOTUNE)
    )
