"""The buffer is one element too small.

fails: buffer
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.shuffle(max(shuffle_buffer - 1, 1), seed=seed)
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
