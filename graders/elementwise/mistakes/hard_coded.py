"""The notebook's own results.

fails: product, dtypes, flow
"""


# %% elementwise_product
def elementwise_product(a, b):
    if a.shape == (2, 2):
        return tf.constant([[5.0, 12.0], [21.0, -32.0]])
    return tf.constant([[10.0, 20.0], [20.0, 40.0], [30.0, 60.0]])
