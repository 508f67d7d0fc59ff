"""The products are summed up.

fails: product
"""


# %% elementwise_product
def elementwise_product(a, b):
    return tf.reduce_sum(a * b)
