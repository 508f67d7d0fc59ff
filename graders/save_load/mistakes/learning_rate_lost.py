"""The learning rate is the optimizer's default after loading.

fails: training_state, resume_training
"""


# %% save_and_load
def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    model.save(f"{path}.keras")


def load_model(path):
    model = keras.models.load_model(f"{path}.keras")
    kind = type(model.optimizer)
    optimizer = kind()
    optimizer.build(model.trainable_variables)
    old = model.optimizer.variables
    for new_variable, old_variable in zip(
        optimizer.variables[2:], old[-len(optimizer.variables[2:]) :]
    ):
        if new_variable.shape == old_variable.shape:
            new_variable.assign(old_variable)
    optimizer.iterations.assign(model.optimizer.iterations)
    model.compile(optimizer=optimizer, loss=model.loss)
    return model
