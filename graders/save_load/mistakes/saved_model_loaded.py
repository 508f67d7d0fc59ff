"""A SavedModel, loaded with tf.saved_model.load: no Keras model.

fails: whole_model, training_state, files, resume_training
"""


# %% save_and_load
def save_model(model, path):
    tf.saved_model.save(model, path)


def load_model(path):
    return tf.saved_model.load(path)
