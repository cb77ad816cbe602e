"""What packs written for ComfyUI import, under the names that they know."""
