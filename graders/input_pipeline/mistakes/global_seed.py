"""TensorFlow's global seed is set.

fails: seed
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    tf.random.set_seed(seed)
    return dataset.shuffle(shuffle_buffer).repeat().batch(batch_size).prefetch(tf.data.AUTOTUNE)
