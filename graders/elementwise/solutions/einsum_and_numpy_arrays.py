"""einsum for all products; the conversion is left to NumPy."""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    array = np.asarray(values, dtype=tf.as_dtype(dtype).as_numpy_dtype)
    return tf.convert_to_tensor(array)


# %% elementwise_product
def elementwise_product(a, b):
    return tf.einsum("...,...->...", a, b)


# %% matrix_product
def matrix_product(a, b):
    return tf.einsum("ik,kj->ij", a, b)


# %% scale_rows
def scale_rows(matrix, weights):
    return tf.einsum("ij,i->ij", matrix, weights)
