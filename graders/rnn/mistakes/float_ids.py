"""The array has NumPy's default dtype.

fails: pad
"""
# %% pad_function
def pad(sequences, maxlen):
    sequences = list(sequences)
    padded = np.zeros((len(sequences), maxlen))
    for row, sequence in zip(padded, sequences):
        kept = sequence[-maxlen:]
        row[: len(kept)] = kept
    return padded
