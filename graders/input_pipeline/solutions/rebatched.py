"""Short batches are repeated and then cut anew; a larger buffer than asked."""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    buffer_size = tf.maximum(dataset.cardinality(), shuffle_buffer)
    short = dataset.shuffle(buffer_size, seed=seed).batch(batch_size).repeat()
    return short.rebatch(batch_size).prefetch(batch_size)


# %% count_steps
def count_steps(n, batch_size):
    steps = 0
    while steps * batch_size < n:
        steps += 1
    return steps
