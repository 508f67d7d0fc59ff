"""The elementwise product instead of the matrix product.

fails: matrix
"""


# %% matrix_product
def matrix_product(a, b):
    return a * b
