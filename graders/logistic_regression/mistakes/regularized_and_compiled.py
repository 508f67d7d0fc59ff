"""The layer has a regularizer, and the model comes compiled.

fails: model
"""


# %% build_model
def build_model(n_features):
    layer = keras.layers.Dense(
        1, activation="sigmoid", kernel_regularizer=keras.regularizers.L2(0.01)
    )
    model = keras.Sequential([keras.Input((n_features,)), layer])
    model.compile(optimizer="adam", loss="binary_crossentropy")
    return model
