"""Canvas JSON (links, widgets, subgraphs, bypass, mute) -> API JSON.

The canvas has the same rules in TypeScript; both are held against the files in tests/fixtures/conversion.
"""

from graph.canvas.convert import to_api
from graph.canvas.document import is_canvas

__all__ = ["is_canvas", "to_api"]
