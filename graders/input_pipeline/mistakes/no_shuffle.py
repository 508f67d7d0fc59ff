"""Nothing is shuffled.

fails: epochs, buffer, seed
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return dataset.repeat().batch(batch_size).prefetch(tf.data.AUTOTUNE)
