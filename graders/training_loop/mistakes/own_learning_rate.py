"""The weights are moved by hand, with a learning rate of one's own.

fails: one_step, extra_losses, history
"""


# %% train_step_function
def make_train_step(model, loss_fn, optimizer):
    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = tf.reduce_mean(loss_fn(y, predictions)) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        for gradient, weight in zip(gradients, model.trainable_variables):
            weight.assign_sub(0.01 * gradient)
        return loss, predictions

    return step
