"""A whole epoch, metrics included, is one tf.function, apart from Task 1's step."""


# %% train_step_function
def make_train_step(model, loss_fn, optimizer):
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = tf.reduce_mean(loss_fn(y, predictions))
            for extra in model.losses:
                loss += extra
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients)
        return [loss, predictions]

    return step


# %% train_function
def train(model, dataset, loss_fn, optimizer, metrics, epochs):
    step = make_train_step(model, loss_fn, optimizer)

    @tf.function
    def run_epoch():
        total, count = tf.constant(0.0), tf.constant(0.0)
        for x, y in dataset:
            loss, predictions = step(x, y)
            size = tf.cast(tf.shape(x)[0], tf.float32)
            total += loss * size
            count += size
            for metric in metrics:
                metric.update_state(y, predictions)
        return total / count

    history = []
    while len(history) < epochs:
        [metric.reset_state() for metric in metrics]
        loss = run_epoch()
        history.append({"loss": loss} | {metric.name: metric.result() for metric in metrics})
    return history
