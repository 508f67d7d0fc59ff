"""The seed is 42, whatever was asked.

fails: seed
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.shuffle(shuffle_buffer, seed=42)
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
