"""Trains the bundled model: a procedural world, its captions, and the latent-diffusion recipe."""
