"""One epoch too few.

fails: epochs, history
"""


# %% train_function
def train(model, dataset, loss_fn, optimizer, metrics, epochs):
    step = make_train_step(model, loss_fn, optimizer)
    history = []
    for epoch in range(1, epochs):
        for metric in metrics:
            metric.reset_state()
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
