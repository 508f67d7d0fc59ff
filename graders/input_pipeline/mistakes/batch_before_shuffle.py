"""Batches are made first and shuffled as wholes.

fails: batches, epochs
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.batch(batch_size)
        .shuffle(shuffle_buffer, seed=seed)
        .repeat()
        .prefetch(tf.data.AUTOTUNE)
    )
