"""Compiled functions, one of them mapped over the rows."""


# %% elementwise_product
elementwise_product = tf.function(lambda a, b: a * b)


# %% matrix_product
@tf.function(reduce_retracing=True)
def matrix_product(a, b, name="product"):
    return tf.matmul(a, b, name=name)


# %% scale_rows
def scale_rows(matrix, weights):
    return tf.vectorized_map(lambda pair: pair[0] * pair[1], (matrix, weights))
