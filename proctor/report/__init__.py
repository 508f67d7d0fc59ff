"""The instructor's page on the whole course, made from what grading has written."""
