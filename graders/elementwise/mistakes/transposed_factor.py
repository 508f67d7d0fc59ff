"""b is transposed.

fails: matrix
"""


# %% matrix_product
def matrix_product(a, b):
    return tf.matmul(a, b, transpose_b=True)
