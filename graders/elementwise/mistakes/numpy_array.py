"""to_tensor gives a NumPy array.

fails: conversion
"""


# %% to_tensor
def to_tensor(values, dtype=tf.float32):
    return np.array(values, dtype=dtype.as_numpy_dtype)
