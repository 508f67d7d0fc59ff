"""Without a seed it is 42.

fails: seed
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    if seed is None:
        seed = 42
    return (
        dataset.shuffle(shuffle_buffer, seed=seed)
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
