"""What importing packs leaves behind, taken away again."""

import sys


def forget_packs() -> None:
    """Forget the modules of packs, under all of their names."""
    ours = {id(module) for name, module in sys.modules.items() if name.startswith("custom_nodes.")}
    for name in [name for name, module in sys.modules.items() if id(module) in ours]:
        del sys.modules[name]
