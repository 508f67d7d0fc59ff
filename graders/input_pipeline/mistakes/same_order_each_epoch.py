"""Shuffled once: reshuffle_each_iteration is off.

fails: epochs
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.shuffle(shuffle_buffer, seed=seed, reshuffle_each_iteration=False)
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
