"""Welford's algorithm; batch_normalization with a tiny epsilon; partial."""


# %% feature_statistics_function
def feature_statistics(data):
    mean = squares = 0.0
    for count, row in enumerate(np.asarray(data).astype("float32"), start=1):
        distance = row - mean
        mean = mean + distance / np.float32(count)
        squares = squares + distance * (row - mean)
    return [tf.constant(mean), tf.constant(squares / np.float32(count))]


# %% standardize_function
@tf.function(reduce_retracing=True)
def _formula(x, mean, variance):
    return tf.nn.batch_normalization(x, mean, variance, None, None, 1e-14)


def standardize(data, mean, variance):
    return _formula(tf.cast(data, tf.float32), mean, variance)


# %% make_normalizer_function
from functools import partial


def make_normalizer(train):
    mean, variance = feature_statistics(train)
    return partial(standardize, mean=mean, variance=variance)
