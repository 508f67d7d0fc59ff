"""The pipeline is built but not returned.

fails: batches, epochs, buffer, seed, prefetch
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    dataset = (
        dataset.shuffle(shuffle_buffer, seed=seed)
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
