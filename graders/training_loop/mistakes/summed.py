"""The loss's values are added up instead of averaged.

fails: one_step
"""


# %% train_step_function
def make_train_step(model, loss_fn, optimizer):
    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = tf.reduce_sum(loss_fn(y, predictions)) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss, predictions

    return step
