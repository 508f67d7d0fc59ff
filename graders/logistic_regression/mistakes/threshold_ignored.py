"""Always rounds, whatever the threshold.

fails: labels
"""


# %% predict_labels
def predict_labels(model, x, threshold=0.5):
    return np.floor(np.asarray(model(x))[:, 0] + 0.5).astype(int)
