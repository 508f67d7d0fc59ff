"""tf.cast makes a float32 tensor of a list first.

fails: conversion
"""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    return tf.cast(values, dtype)
