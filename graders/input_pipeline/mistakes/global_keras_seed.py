"""Keras' global seed is set where there is a seed.

fails: seed
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    if seed is not None:
        keras.utils.set_random_seed(seed)
    return (
        dataset.shuffle(shuffle_buffer, seed=seed)
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
