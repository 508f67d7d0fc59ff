"""A diagonal matrix, tensordot, and broadcasting by hand."""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    return tf.cast(np.array(values), dtype)


# %% elementwise_product
def elementwise_product(a, b):
    shape = tf.broadcast_dynamic_shape(tf.shape(a), tf.shape(b))
    return tf.broadcast_to(a, shape) * tf.broadcast_to(b, shape)


# %% matrix_product
def matrix_product(a, b):
    return tf.tensordot(a, b, axes=1)


# %% scale_rows
def scale_rows(matrix, weights):
    return tf.linalg.diag(weights) @ matrix
