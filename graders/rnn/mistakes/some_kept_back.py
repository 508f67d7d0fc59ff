"""A fifth is set aside for validation.

fails: training
"""
# %% train_function
def train(model, x, y, epochs, seed):
    keras.utils.set_random_seed(seed)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.fit(x, y, epochs=epochs, verbose=0, validation_split=0.2)
