"""A number becomes a tensor with one axis.

fails: conversion
"""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    array = np.atleast_1d(values)
    return tf.constant(array, dtype=dtype)
