"""A Python generator that permutes all elements anew with NumPy."""


# %% make_pipeline
def make_pipeline(dataset, batch_size, shuffle_buffer, seed=None):
    def elements():
        generator = np.random.default_rng(seed)
        rows = list(dataset.as_numpy_iterator())
        while True:
            for index in generator.permutation(len(rows)):
                yield rows[index]

    stream = tf.data.Dataset.from_generator(elements, output_signature=dataset.element_spec)
    return stream.batch(batch_size).prefetch(buffer_size=tf.data.AUTOTUNE)


# %% count_steps
def count_steps(n, batch_size):
    return int(np.ceil(n / batch_size))
