"""One pass over the repeated dataset; enumerate; compile without fit; the optimizer outside of the graph."""


# %% train_step_function
def make_train_step(model, loss_fn, optimizer):
    model.compile(optimizer=optimizer)

    @tf.function
    def forward_and_back(x, y, weights):
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            losses = [tf.reduce_mean(loss_fn(y, predictions))] + list(model.losses)
            loss = keras.ops.sum(keras.ops.stack(losses))
        return loss, predictions, tape.gradient(loss, weights)

    def step(x, y):
        weights = [v.value for v in model.trainable_variables]
        loss, predictions, gradients = forward_and_back(x, y, weights)
        model.optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return float(loss), predictions

    return step


# %% train_function
def train(model, dataset, loss_fn, optimizer, metrics, epochs):
    step = make_train_step(model, loss_fn, optimizer)
    steps = int(dataset.reduce(0, lambda count, _: count + 1))
    history = []
    for number, (x, y) in dataset.repeat(epochs).enumerate():
        if number % steps == 0:
            total, examples = 0.0, 0
            for metric in metrics:
                metric.reset_state()
        loss, predictions = step(x, y)
        total += loss * int(y.shape[0])
        examples += int(y.shape[0])
        for metric in metrics:
            metric.update_state(y, predictions)
        if number % steps == steps - 1:
            history.append({"loss": total / examples})
            history[-1].update({metric.name: float(metric.result()) for metric in metrics})
    return history
