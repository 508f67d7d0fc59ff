"""The step is a tf.function and calls .numpy() inside.

fails: one_step, training_mode, extra_losses, frozen, epochs, history
"""


# %% train_step_function
def make_train_step(model, loss_fn, optimizer):
    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = tf.reduce_mean(loss_fn(y, predictions)) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss.numpy(), predictions.numpy()

    return step
