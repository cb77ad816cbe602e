"""Things to test with that are small and yet of the real kind."""

from tests.factories.checkpoints import tiny_sd1, tiny_sd1_folder

__all__ = ["tiny_sd1", "tiny_sd1_folder"]
