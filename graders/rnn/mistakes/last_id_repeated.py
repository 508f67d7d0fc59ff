"""A short sequence is filled up with its last id instead of zeros.

fails: pad
"""
# %% pad_function
def pad(sequences, maxlen):
    rows = []
    for sequence in sequences:
        kept = list(sequence)[-maxlen:]
        filler = kept[-1] if kept else 0
        rows.append(kept + [filler] * (maxlen - len(kept)))
    return np.array(rows, "int32").reshape(-1, maxlen)
