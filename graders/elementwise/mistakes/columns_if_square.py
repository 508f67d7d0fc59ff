"""Rows are scaled, but columns where those fit.

fails: rows
"""


# %% scale_rows
def scale_rows(matrix, weights):
    if matrix.shape[-1] == weights.shape[0]:
        return matrix * weights
    return matrix * weights[:, tf.newaxis]
