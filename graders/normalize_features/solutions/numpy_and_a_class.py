"""Statistics in NumPy with keepdims; a lower bound for the deviation; a callable object."""


# %% feature_statistics_function
def feature_statistics(data):
    table = np.asarray(data, dtype=np.float64)
    mean = table.mean(axis=0, keepdims=True)
    variance = table.var(axis=0, keepdims=True)
    return mean.astype(np.float32), variance.astype(np.float32)


# %% standardize_function
def standardize(data, mean, variance):
    centred = tf.cast(data, tf.float32) - tf.convert_to_tensor(mean)
    return centred / tf.maximum(tf.sqrt(variance), 1e-12)


# %% make_normalizer_function
class Normalizer:
    def __init__(self, train):
        self.mean, self.variance = feature_statistics(train)

    def __call__(self, data):
        return standardize(data, self.mean, self.variance)


def make_normalizer(train):
    return Normalizer(train)
