"""The zeros stand in front.

fails: pad
"""
# %% pad_function
def pad(sequences, maxlen):
    return keras.utils.pad_sequences(list(sequences), maxlen=maxlen)
