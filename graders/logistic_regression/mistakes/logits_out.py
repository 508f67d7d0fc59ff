"""There is no activation: the model gives logits.

fails: model
"""


# %% build_model
def build_model(n_features):
    return keras.Sequential(
        [
            keras.Input((n_features,)),
            keras.layers.Dense(1),
        ]
    )
