"""TensorFlow's functions by name; expand_dims."""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    return tf.convert_to_tensor(values, dtype=dtype)


# %% elementwise_product
def elementwise_product(a, b):
    return tf.math.multiply(a, b)


# %% matrix_product
def matrix_product(a, b):
    return tf.linalg.matmul(a, b)


# %% scale_rows
def scale_rows(matrix, weights):
    return tf.multiply(matrix, tf.expand_dims(weights, axis=-1))
