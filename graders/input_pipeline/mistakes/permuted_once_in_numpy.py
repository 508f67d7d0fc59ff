"""One permutation is made in NumPy and repeated.

fails: epochs
"""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    rows = list(dataset)
    order = np.random.default_rng(seed).permutation(len(rows))
    stacked = tf.nest.map_structure(lambda *parts: tf.stack(parts), *[rows[i] for i in order])
    return (
        tf.data.Dataset.from_tensor_slices(stacked)
        .repeat()
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
