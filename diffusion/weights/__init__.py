"""Weights files, their precision, and the memory they take."""
