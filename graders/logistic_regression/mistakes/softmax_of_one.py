"""A softmax over a single unit, which is always 1.

fails: model
"""


# %% build_model
def build_model(n_features):
    return keras.Sequential(
        [
            keras.Input((n_features,)),
            keras.layers.Dense(1, activation="softmax"),
        ]
    )
