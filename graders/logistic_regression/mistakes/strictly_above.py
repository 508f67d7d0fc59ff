"""At the threshold the label is 0.

fails: labels
"""


# %% predict_labels
def predict_labels(model, x, threshold=0.5):
    return (np.asarray(model(x))[:, 0] > threshold).astype(int)
