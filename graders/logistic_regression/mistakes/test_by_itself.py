"""The test part is scaled by its own statistics.

fails: standardize
"""


# %% standardize_split
def standardize_split(train, test):
    def scale(part):
        deviation = part.std(axis=0)
        return ((part - part.mean(axis=0)) / np.where(deviation > 0, deviation, 1)).astype("float32")

    return scale(train), scale(test)
