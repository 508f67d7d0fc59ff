"""Python loops over rows, in two of the products.

fails: product, rows, flow
"""


# %% elementwise_product
def elementwise_product(a, b):
    return tf.stack([x * y for x, y in zip(a, b)])


# %% scale_rows
def scale_rows(matrix, weights):
    return tf.stack([row * weight for row, weight in zip(matrix, weights)])
