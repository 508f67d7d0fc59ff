"""The elements are prefetched before anything else.

fails: prefetch
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.prefetch(tf.data.AUTOTUNE)
        .shuffle(shuffle_buffer, seed=seed)
        .repeat()
        .batch(batch_size)
    )
