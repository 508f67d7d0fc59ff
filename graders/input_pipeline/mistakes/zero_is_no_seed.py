"""Zero is taken for no seed.

fails: seed
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    if seed:
        shuffled = dataset.shuffle(shuffle_buffer, seed=seed)
    else:
        shuffled = dataset.shuffle(shuffle_buffer)
    return shuffled.repeat().batch(batch_size).prefetch(tf.data.AUTOTUNE)
