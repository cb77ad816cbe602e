"""Measurements: each module prints a table, and writes nothing unless asked."""
