"""Options and the stated cardinality come after the prefetch."""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    options = tf.data.Options()
    options.deterministic = True
    options.threading.private_threadpool_size = 2
    return (
        dataset.prefetch(8)
        .shuffle(buffer_size=shuffle_buffer, seed=seed)
        .repeat(count=None)
        .padded_batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
        .apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
        .with_options(options)
    )


# %% count_steps
def count_steps(n, batch_size):
    return (n - 1) // batch_size + 1
