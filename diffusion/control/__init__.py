"""What steers a network from outside, opened from files and laid upon latents."""
