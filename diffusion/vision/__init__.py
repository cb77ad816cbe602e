"""What looks at pictures: preprocessors, upscalers, image encoders."""
