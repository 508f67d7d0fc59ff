"""The data is repeated before it is shuffled, so epochs blur.

fails: epochs
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.repeat()
        .shuffle(shuffle_buffer, seed=seed)
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
