"""compile and fit do the work.

fails: epochs, history
"""


# %% train_function
def train(model, dataset, loss_fn, optimizer, metrics, epochs):
    model.compile(optimizer=optimizer, loss=loss_fn, metrics=metrics)
    log = model.fit(dataset, epochs=epochs, verbose=0).history
    return [dict(zip(log, values)) for values in zip(*log.values())]
