"""Tweaks inside the network."""
