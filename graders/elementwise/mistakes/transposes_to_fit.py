"""b is transposed wherever that makes it fit.

fails: matrix
"""


# %% matrix_product
def matrix_product(a, b):
    if a.shape[1] != b.shape[0]:
        b = tf.transpose(b)
    return a @ b
