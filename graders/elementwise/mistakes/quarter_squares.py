"""Products as differences of squares, which cancel.

fails: product, dtypes
"""


# %% elementwise_product
def elementwise_product(a, b):
    return (tf.square(a + b) - tf.square(a - b)) / 4
