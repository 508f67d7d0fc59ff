"""Columns are scaled instead of rows.

fails: rows
"""


# %% scale_rows
def scale_rows(matrix, weights):
    return matrix * weights
