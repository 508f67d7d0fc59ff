"""The buffer holds 1000 elements, whatever was asked.

fails: buffer
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return dataset.shuffle(1000, seed=seed).repeat().batch(batch_size).prefetch(tf.data.AUTOTUNE)
