"""NumPy's rules: mixed dtypes are promoted.

fails: dtypes
"""


# %% elementwise_product
def elementwise_product(a, b):
    return tf.experimental.numpy.multiply(a, b)
