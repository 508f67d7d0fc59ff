"""The number of sequences is asked from len.

fails: pad
"""
# %% pad_function
def pad(sequences, maxlen):
    padded = np.zeros((len(sequences), maxlen), "int32")
    for row, sequence in zip(padded, sequences):
        kept = sequence[-maxlen:]
        row[: len(kept)] = kept
    return padded
