"""Each epoch starts with a new optimizer of the same settings.

fails: epochs
"""


# %% train_step_function
def make_train_step(model, loss_fn, optimizer):
    def step(x, y):
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = tf.reduce_mean(loss_fn(y, predictions)) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss, predictions

    return step


# %% train_function
def train(model, dataset, loss_fn, optimizer, metrics, epochs):
    history = []
    for epoch in range(epochs):
        for metric in metrics:
            metric.reset_state()
        fresh = type(optimizer).from_config(optimizer.get_config())
        step = make_train_step(model, loss_fn, fresh)
        total, examples = 0.0, 0
        for x, y in dataset:
            loss, predictions = step(x, y)
            total += float(loss) * len(x)
            examples += len(x)
            for metric in metrics:
                metric.update_state(y, predictions)
        entry = {"loss": total / examples}
        for metric in metrics:
            entry[metric.name] = float(metric.result())
        history.append(entry)
    return history
