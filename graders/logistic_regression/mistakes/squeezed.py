"""squeeze makes a bare number of a single row.

fails: labels
"""


# %% predict_labels
def predict_labels(model, x, threshold=0.5):
    return tf.cast(tf.squeeze(model(x)) >= threshold, tf.int32)
