"""What a weights file is, told by the names and shapes of its tensors alone."""
