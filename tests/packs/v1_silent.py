"""Says nothing of nodes."""
