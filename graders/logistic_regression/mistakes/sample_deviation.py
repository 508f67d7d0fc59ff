"""The deviation divides by n - 1.

fails: standardize
"""


# %% standardize_split
def standardize_split(train, test):
    mean, deviation = train.mean(axis=0), train.std(axis=0, ddof=1)
    deviation[deviation == 0] = 1
    return (
        ((train - mean) / deviation).astype("float32"),
        ((test - mean) / deviation).astype("float32"),
    )
