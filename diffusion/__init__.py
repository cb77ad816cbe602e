"""Networks, samplers, text and weights of image diffusion; knows no node, graph or HTTP."""
