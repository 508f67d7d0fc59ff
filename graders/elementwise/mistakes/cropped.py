"""The longer tensor is cut to the length of the shorter.

fails: product
"""


# %% elementwise_product
def elementwise_product(a, b):
    rows = tf.minimum(tf.shape(a)[0], tf.shape(b)[0])
    return a[:rows] * b[:rows]
