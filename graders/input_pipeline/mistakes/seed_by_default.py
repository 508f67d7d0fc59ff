"""Without a seed there is a fixed one.

fails: seed
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=42):
    return (
        dataset.shuffle(shuffle_buffer, seed=seed)
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
