"""The course's data: real examples that packages ship, as TensorFlow Datasets.

``python -m course_data FOLDER`` prepares them once; ``tfds.load`` then finds them in
``FOLDER``, offline and without this package.
"""
