"""NumPy all the way: it needs values, so it doesn't work in a graph.

fails: standardize, reuse
"""


# %% standardize_function
def standardize(data, mean, variance):
    x = np.asarray(data, dtype="float32")
    std = np.sqrt(variance)
    return tf.constant((x - mean) / np.where(std == 0, 1, std), tf.float32)
