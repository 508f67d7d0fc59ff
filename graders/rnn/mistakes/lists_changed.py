"""The caller's lists are filled up.

fails: pad
"""
# %% pad_function
def pad(sequences, maxlen):
    rows = []
    for sequence in sequences:
        if not isinstance(sequence, list):
            sequence = list(sequence)
        del sequence[:-maxlen]
        while len(sequence) < maxlen:
            sequence.append(0)
        rows.append(sequence)
    return np.array(rows, "int32").reshape(-1, maxlen)
