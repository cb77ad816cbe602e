"""Guidance beyond the plain: rules around the network's answers, and other ways to mix them."""
