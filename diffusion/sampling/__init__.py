"""From noise to latents: noise schedules, samplers, guidance, and the one page that joins them."""
