"""The families of models, one file or folder each."""

from diffusion.families.sd1 import SD1
from diffusion.families.sd2 import SD2
from diffusion.families.sdxl import SDXL, SDXL_REFINER

FAMILIES = (SD1, SD2, SDXL, SDXL_REFINER)
