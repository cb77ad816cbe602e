"""Canvas JSON -> API JSON: what a front end does when a person presses Queue, without a browser."""

from graph.canvas.convert import is_canvas, to_api

__all__ = ["is_canvas", "to_api"]
