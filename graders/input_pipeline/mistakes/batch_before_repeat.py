"""Batches are cut before the data starts again: the last one is short.

fails: batches
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.shuffle(shuffle_buffer, seed=seed)
        .batch(batch_size)
        .repeat()
        .prefetch(tf.data.AUTOTUNE)
    )
