"""The data comes ten times.

fails: batches
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.shuffle(shuffle_buffer, seed=seed)
        .repeat(10)
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
