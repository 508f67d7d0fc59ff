"""One dataset for each epoch, joined by flat_map, each with a seed of its own."""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    def one_epoch(epoch):
        epoch_seed = None if seed is None else seed + epoch
        return dataset.shuffle(shuffle_buffer, seed=epoch_seed)

    epochs = tf.data.Dataset.counter().flat_map(one_epoch)
    return epochs.batch(batch_size, drop_remainder=True).prefetch(1)


# %% count_steps
def count_steps(n, batch_size):
    full, rest = divmod(n, batch_size)
    return full + (1 if rest else 0)
