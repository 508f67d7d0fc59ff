"""The course as it lies on disk: exercises, their notebooks, their solutions and mistakes."""
