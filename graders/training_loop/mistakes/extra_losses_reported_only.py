"""model.losses is added to the loss, but after the tape.

fails: extra_losses
"""


# %% train_step_function
def make_train_step(model, loss_fn, optimizer):
    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = tf.reduce_mean(loss_fn(y, predictions))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss + sum(model.losses), predictions

    return step
