"""Names that packs read when they are imported: socket types, options, samplers."""

from __future__ import annotations

import pytest

from compat.comfy import cli_args, samplers
from compat.comfy.comfy_types import IO, CheckLazyMixin, ComfyNodeABC
from diffusion.sampling.samplers import sampler_names
from diffusion.sampling.schedules import schedule_names


def test_socket_types_are_their_names() -> None:
    assert IO.IMAGE == "IMAGE"
    assert f"{IO.ANY}" == "*"
    assert hash(IO.INT) == hash("INT")


@pytest.mark.parametrize(
    ("one", "other", "unequal"),
    [
        (IO.ANY, "IMAGE", False),
        (IO.IMAGE, "*", False),
        (IO.IMAGE, "MASK", True),
        (IO.IMAGE, "IMAGE", False),
        (IO.NUMBER, "INT", False),
        (IO.INT, "FLOAT,INT", False),
        (IO.NUMBER, "STRING", True),
        (IO.IMAGE, 5, True),
    ],
)
def test_types_that_may_be_linked_are_not_unequal(one: IO, other: object, unequal: bool) -> None:
    assert (one != other) is unequal


def test_a_node_class_may_be_derived() -> None:
    class Node(CheckLazyMixin, ComfyNodeABC):
        pass

    assert Node().check_lazy_status(a=None, b=1) == ["a"]
    assert Node.INPUT_TYPES() == {"required": {}}


def test_options_have_the_values_of_a_plain_start() -> None:
    read = ("disable_metadata", "gpu_only", "highvram", "use_split_cross_attention", "cpu")
    assert not any(getattr(cli_args.args, name) for name in read)
    assert cli_args.args.preview_method is cli_args.LatentPreviewMethod.Auto
    assert cli_args.args.fast == set()
    assert (cli_args.args.listen, cli_args.args.port) == ("127.0.0.1", 8188)


def test_options_say_what_heddle_was_started_with() -> None:
    before = dict(vars(cli_args.args))
    try:
        cli_args.settle({"cpu": True, "preview_method": "none", "no_option_of_theirs": 5})
        assert cli_args.args.cpu is True
        assert cli_args.args.preview_method is cli_args.LatentPreviewMethod.NoPreviews
        assert not hasattr(cli_args.args, "no_option_of_theirs")
    finally:
        vars(cli_args.args).update(before)


def test_the_lists_of_samplers_are_heddles_own() -> None:
    assert tuple(samplers.KSampler.SAMPLERS) == sampler_names()
    assert tuple(samplers.KSampler.SCHEDULERS) == schedule_names()
    assert samplers.SAMPLER_NAMES is samplers.KSampler.SAMPLERS
    with pytest.raises(NotImplementedError, match="does not have this yet"):
        samplers.KSampler(None)
