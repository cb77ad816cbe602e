"""The families of models, one file or folder each."""

from diffusion.families.sd1 import SD1

FAMILIES = (SD1,)
