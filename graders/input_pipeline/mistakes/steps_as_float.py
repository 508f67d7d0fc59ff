"""The number of steps is a float.

fails: steps
"""


# %% count_steps
def count_steps(n, batch_size):
    return np.ceil(n / batch_size)
