"""to_tensor gives a variable.

fails: conversion, flow
"""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    return tf.Variable(values, dtype=dtype)
