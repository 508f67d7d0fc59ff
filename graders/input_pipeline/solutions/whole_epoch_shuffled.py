"""The buffer is always as large as the dataset, whatever its size."""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    shuffled = dataset.shuffle(tf.data.UNKNOWN_CARDINALITY, seed=seed)
    return shuffled.repeat().batch(batch_size, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4)
