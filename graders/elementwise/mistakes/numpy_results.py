"""NumPy arrays come out of the products.

fails: product, matrix, rows, dtypes, flow
"""


# %% elementwise_product
def elementwise_product(a, b):
    return np.multiply(a, b)


# %% matrix_product
def matrix_product(a, b):
    return np.matmul(a, b)


# %% scale_rows
def scale_rows(matrix, weights):
    return np.asarray(matrix) * np.reshape(weights, (-1, 1))
