"""Both tensors are flattened, and the product with them.

fails: product
"""


# %% elementwise_product
def elementwise_product(a, b):
    return tf.reshape(a, [-1]) * tf.reshape(b, [-1])
