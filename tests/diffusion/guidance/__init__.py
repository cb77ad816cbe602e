"""Rules around guidance."""
