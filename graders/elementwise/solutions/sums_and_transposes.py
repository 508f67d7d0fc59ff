"""The matrix product as a broadcast sum; rows scaled as columns of the transposed."""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    return tf.constant(np.asarray(values), dtype)


# %% elementwise_product
def elementwise_product(a, b):
    return tf.raw_ops.Mul(x=a, y=b)


# %% matrix_product
def matrix_product(a, b):
    return tf.reduce_sum(a[:, :, tf.newaxis] * b[tf.newaxis, :, :], axis=1)


# %% scale_rows
def scale_rows(matrix, weights):
    return tf.transpose(tf.transpose(matrix) * weights)
