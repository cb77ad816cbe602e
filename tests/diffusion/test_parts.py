"""Parts that a checkpoint may lack."""

from collections.abc import Callable

import pytest

from diffusion.errors import PartMissing
from diffusion.parts import present_model, present_text, present_vae
from tests.diffusion.sampling.worlds import tiny_model


@pytest.mark.parametrize(
    ("present", "name"), [(present_model, "model"), (present_text, "text encoder"), (present_vae, "VAE")]
)
def test_a_part_that_is_not_there_is_named(present: Callable[[None], object], name: str) -> None:
    with pytest.raises(PartMissing, match=f"there is no {name}: the checkpoint holds none"):
        present(None)


def test_a_part_that_is_there_comes_back_as_it_is() -> None:
    model = tiny_model()
    assert present_model(model) is model
