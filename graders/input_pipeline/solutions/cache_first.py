"""The data is cached before it is shuffled; two batches wait."""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    dataset = dataset.cache()
    dataset = dataset.shuffle(shuffle_buffer, seed, reshuffle_each_iteration=True)
    dataset = dataset.repeat(-1)
    dataset = dataset.batch(batch_size)
    return dataset.prefetch(2)


# %% count_steps
import math


def count_steps(n, batch_size):
    return math.ceil(n / batch_size)
