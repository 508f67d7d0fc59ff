"""A check forbids broadcasting.

fails: product
"""


# %% elementwise_product
def elementwise_product(a, b):
    if a.shape.as_list() != b.shape.as_list():
        raise ValueError("the shapes differ")
    return a * b
