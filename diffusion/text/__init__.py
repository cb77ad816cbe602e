"""From a prompt to what a network reads."""
