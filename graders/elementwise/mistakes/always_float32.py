"""The dtype is ignored.

fails: conversion
"""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    return tf.constant(values, dtype=tf.float32)
