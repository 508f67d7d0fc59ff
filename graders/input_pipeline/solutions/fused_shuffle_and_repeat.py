"""The older function that shuffles and repeats in one step."""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    together = tf.data.experimental.shuffle_and_repeat(shuffle_buffer, count=None, seed=seed)
    return dataset.apply(together).batch(batch_size).prefetch(tf.data.AUTOTUNE)
