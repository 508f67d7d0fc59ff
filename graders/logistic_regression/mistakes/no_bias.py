"""The neuron has no bias.

fails: model
"""


# %% build_model
def build_model(n_features):
    return keras.Sequential(
        [
            keras.Input((n_features,)),
            keras.layers.Dense(1, activation="sigmoid", use_bias=False),
        ]
    )
