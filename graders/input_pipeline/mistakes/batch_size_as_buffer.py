"""The buffer is as large as a batch.

fails: buffer
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.shuffle(batch_size, seed=seed).repeat().batch(batch_size).prefetch(tf.data.AUTOTUNE)
    )
