"""Of a long sequence the beginning is kept.

fails: pad
"""
# %% pad_function
def pad(sequences, maxlen):
    return keras.utils.pad_sequences(
        list(sequences), maxlen=maxlen, padding="post", truncating="post"
    )
