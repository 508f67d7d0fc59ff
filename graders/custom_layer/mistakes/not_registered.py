"""The class is not registered.

fails: saving
"""

# %% register
pass
