"""There is always one step more than full batches.

fails: steps
"""


# %% count_steps
def count_steps(n, batch_size):
    return n // batch_size + 1
