"""A class with __call__, which gives back NumPy arrays; as_numpy_iterator; np.average."""


# %% train_step_function
class Step:
    def __init__(self, model, loss_fn, optimizer):
        self.model, self.loss_fn, self.optimizer = model, loss_fn, optimizer
        self.update = tf.function(self.update)

    def update(self, x, y):
        tape = tf.GradientTape()
        weights = [weight.value for weight in self.model.trainable_variables]
        with tape:
            outputs = self.model(x, training=True)
            extra = tf.reduce_sum(self.model.losses) if self.model.losses else 0.0
            loss = extra + keras.ops.mean(self.loss_fn(y, outputs))
        self.optimizer.apply(tape.gradient(loss, weights), self.model.trainable_variables)
        return loss, outputs

    def __call__(self, x, y):
        loss, outputs = self.update(x, y)
        return loss.numpy(), outputs.numpy()


def make_train_step(model, loss_fn, optimizer):
    return Step(model, loss_fn, optimizer)


# %% train_function
def train(model, dataset, loss_fn, optimizer, metrics, epochs):
    step = make_train_step(model, loss_fn, optimizer)

    def epoch():
        losses, sizes = [], []
        for metric in metrics:
            metric.reset_state()
        for x, y in dataset.as_numpy_iterator():
            loss, outputs = step(x, y)
            losses.append(loss)
            sizes.append(outputs.shape[0])
            for metric in metrics:
                metric(y, outputs)
        values = [np.average(losses, weights=sizes)] + [metric.result() for metric in metrics]
        return dict(zip(["loss", *(metric.name for metric in metrics)], values))

    return [epoch() for _ in range(epochs)]
