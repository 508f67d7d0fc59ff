"""Operations that promote, behind checks of one's own."""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    return tf.experimental.numpy.array(values, dtype=dtype)


def same_dtype(a, b):
    if a.dtype != b.dtype:
        raise TypeError(f"{a.dtype} and {b.dtype} do not mix")


# %% elementwise_product
def elementwise_product(a, b):
    same_dtype(a, b)
    return tf.experimental.numpy.multiply(a, b)


# %% matrix_product
def matrix_product(a, b):
    same_dtype(a, b)
    if a.shape[1] != b.shape[0]:
        raise ValueError(f"{a.shape} and {b.shape} do not fit")
    return tf.experimental.numpy.matmul(a, b)


# %% scale_rows
def scale_rows(matrix, weights):
    same_dtype(matrix, weights)
    tf.debugging.assert_equal(tf.shape(matrix)[0], tf.shape(weights)[0])
    return tf.experimental.numpy.multiply(matrix, tf.reshape(weights, [-1, 1]))
