"""The labels keep the shape (n, 1).

fails: labels
"""


# %% predict_labels
def predict_labels(model, x, threshold=0.5):
    return (np.asarray(model(x)) >= threshold).astype(int)
