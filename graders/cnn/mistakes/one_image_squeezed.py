"""squeeze eats the axis of a single image.

fails: classes
"""
# %% predict_function
def predict_classes(model, images):
    return np.squeeze(np.asarray(model(images))).argmax(axis=-1)
