"""train works out everything itself, from the loss of each example on."""


# %% train_function
def train(model, dataset, loss_fn, optimizer, metrics, epochs):
    variables = model.trainable_variables
    history = []
    for _ in range(epochs):
        batch_losses = []
        seen = []
        for metric in metrics:
            metric.reset_state()
        iterator = iter(dataset)
        while True:
            try:
                batch, targets = next(iterator)
            except StopIteration:
                break
            with tf.GradientTape() as tape:
                outputs = model(batch, training=True)
                values = tf.reshape(loss_fn(targets, outputs), [-1])
                loss = tf.reduce_sum(values) / tf.cast(tf.size(values), values.dtype)
                loss = sum(model.losses, loss)
            slopes = tape.gradient(loss, variables)
            optimizer.apply_gradients((slope, v) for slope, v in zip(slopes, variables))
            batch_losses += [loss.numpy()] * targets.shape[0]
            for metric in metrics:
                metric.update_state(targets, outputs)
        history.append({"loss": float(np.mean(batch_losses))})
        history[-1].update((metric.name, metric.result().numpy().item()) for metric in metrics)
    return history
