"""Joins the two sides: reads a submission, runs it sealed, has it examined, writes its marks."""
