"""What messages call the nodes that load each kind of file, held against the nodes."""

import pytest

from diffusion.weights.identity.kinds import HOMES, Role
from nodes import all_node_types

LOADERS = {found.schema.display_name: found.schema for found in all_node_types()}
BY_NODES = [role for role, home in HOMES.items() if home.loader and role != "embedding"]


@pytest.mark.parametrize("role", BY_NODES)
def test_a_loader_is_called_as_on_the_canvas_and_offers_the_folder(role: Role) -> None:
    home = HOMES[role]
    assert home.loader in LOADERS
    assert home.folder in {spec.folder for spec in LOADERS[home.loader].inputs}
