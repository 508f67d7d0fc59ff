"""No tf.function; apply_gradients; a Mean metric with sample_weight; add_n."""


# %% train_step_function
def make_train_step(model, loss_fn, optimizer):
    def train_step(x_batch, y_batch):
        with tf.GradientTape() as tape:
            y_pred = model(x_batch, training=True)
            loss_value = tf.math.reduce_mean(loss_fn(y_batch, y_pred))
            loss_value = tf.add_n([loss_value, *model.losses])
        grads = tape.gradient(loss_value, model.trainable_weights)
        optimizer.apply_gradients(zip(grads, model.trainable_weights))
        return loss_value, y_pred

    return train_step


# %% train_function
def train(model, dataset, loss_fn, optimizer, metrics, epochs):
    train_step = make_train_step(model, loss_fn, optimizer)
    loss_tracker = keras.metrics.Mean(name="loss")
    history = []
    for _ in range(epochs):
        for tracker in [loss_tracker] + metrics:
            tracker.reset_state()
        for x_batch, y_batch in dataset:
            loss_value, y_pred = train_step(x_batch, y_batch)
            loss_tracker.update_state(loss_value, sample_weight=tf.shape(y_batch)[0])
            for metric in metrics:
                metric.update_state(y_batch, y_pred)
        logs = {tracker.name: tracker.result().numpy() for tracker in [loss_tracker] + metrics}
        history.append(logs)
    return history
