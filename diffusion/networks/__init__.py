"""The neural networks, each in the key layout of the checkpoints it loads."""
