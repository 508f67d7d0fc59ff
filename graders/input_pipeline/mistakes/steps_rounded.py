"""The number of steps is rounded to the nearest.

fails: steps
"""


# %% count_steps
def count_steps(n, batch_size):
    return round(n / batch_size)
