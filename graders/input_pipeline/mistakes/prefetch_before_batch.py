"""Elements are prefetched, not batches.

fails: prefetch
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    return (
        dataset.shuffle(shuffle_buffer, seed=seed).repeat().prefetch(batch_size).batch(batch_size)
    )
