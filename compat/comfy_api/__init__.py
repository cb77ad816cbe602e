"""The interface of V3 nodes, under the versions that packs pin."""
