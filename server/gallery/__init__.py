"""The gallery: what lies in the output folder, read from the files themselves, kept in an index."""
