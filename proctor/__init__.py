"""A course of coding exercises that grades itself, with hidden tests and sealed kernels."""
