"""Each element is drawn from all of them, so some come twice in an epoch.

fails: epochs
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    rows = list(dataset.as_numpy_iterator())

    def draws():
        generator = np.random.default_rng(seed)
        while True:
            yield rows[generator.integers(len(rows))]

    stream = tf.data.Dataset.from_generator(draws, output_signature=dataset.element_spec)
    return stream.batch(batch_size).prefetch(tf.data.AUTOTUNE)
