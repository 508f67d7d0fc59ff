"""The seed is never used.

fails: seed
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return dataset.shuffle(shuffle_buffer).repeat().batch(batch_size).prefetch(tf.data.AUTOTUNE)
