"""NumPy multiplies.

fails: dtypes, flow
"""


# %% elementwise_product
def elementwise_product(a, b):
    return tf.constant(a.numpy() * b.numpy())


# %% matrix_product
def matrix_product(a, b):
    return tf.constant(a.numpy() @ b.numpy())


# %% scale_rows
def scale_rows(matrix, weights):
    return tf.constant(matrix.numpy() * weights.numpy()[:, None])
