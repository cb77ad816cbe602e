"""The workflow engine: typed nodes, graphs, content keys, cache, executor."""
