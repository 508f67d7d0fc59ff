"""Everything is cast to float32.

fails: dtypes
"""


# %% elementwise_product
def elementwise_product(a, b):
    return tf.cast(a, tf.float32) * tf.cast(b, tf.float32)


# %% matrix_product
def matrix_product(a, b):
    return tf.cast(a, tf.float32) @ tf.cast(b, tf.float32)


# %% scale_rows
def scale_rows(matrix, weights):
    return tf.cast(matrix, tf.float32) * tf.cast(weights, tf.float32)[:, tf.newaxis]
