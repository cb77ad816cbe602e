"""HTTP and WebSocket: what the canvas and other clients speak to."""
