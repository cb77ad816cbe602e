"""Runs before everything else; says so in the environment, and whether torch was there already."""

import os
import sys

os.environ["WORDS_PRESTARTED"] = "late" if "torch" in sys.modules else "early"
