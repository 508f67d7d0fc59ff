"""The sign is lost.

fails: product, dtypes, flow
"""


# %% elementwise_product
def elementwise_product(a, b):
    return tf.abs(a * b)
