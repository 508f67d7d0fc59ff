"""The shuffled order is cached.

fails: epochs
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.shuffle(shuffle_buffer, seed=seed)
        .cache()
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
