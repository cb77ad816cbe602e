"""One table of routes each."""
