"""The statistics stay in float64.

fails: statistics
"""


# %% feature_statistics_function
def feature_statistics(data):
    x = np.asarray(data)
    return x.mean(axis=0, dtype="float64"), x.var(axis=0, dtype="float64")


# %% make_normalizer_function
def make_normalizer(train):
    mean, variance = (np.float32(part) for part in feature_statistics(train))
    return lambda data: standardize(data, mean, variance)
