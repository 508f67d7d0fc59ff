"""The weights are cut off from the gradient.

fails: flow
"""


# %% scale_rows
def scale_rows(matrix, weights):
    return matrix * tf.stop_gradient(weights)[:, tf.newaxis]
