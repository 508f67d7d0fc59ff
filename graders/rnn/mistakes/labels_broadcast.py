"""A loss written by hand compares (n,) with (n, 1).

fails: training, words
"""
# %% train_function
def train(model, x, y, epochs, seed):
    def loss_fn(y, p):
        y = tf.reshape(y, (-1,))
        return -tf.reduce_mean(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p))

    keras.utils.set_random_seed(seed)
    model.compile(optimizer="adam", loss=loss_fn)
    model.fit(x, y.astype("float32"), epochs=epochs, verbose=0)
