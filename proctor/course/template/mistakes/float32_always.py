"""The result is always float32.

fails: dtype
"""


# %% solution
def add_one(x):
    return tf.cast(x, tf.float32) + 1.0
