"""Scales the arrays themselves, in whatever dtype they have.

fails: standardize
"""


# %% standardize_split
def standardize_split(train, test):
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation[deviation == 0] = 1
    for part in (train, test):
        part -= mean
        part /= deviation
    return train, test
