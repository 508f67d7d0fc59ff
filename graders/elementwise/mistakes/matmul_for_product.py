"""The matrix product instead of the elementwise one.

fails: product
"""


# %% elementwise_product
def elementwise_product(a, b):
    return tf.matmul(a, b)
