"""Every number is multiplied by every other.

fails: product
"""


# %% elementwise_product
def elementwise_product(a, b):
    return tf.tensordot(a, b, axes=0)
