"""Inputs that are settled on the canvas: what is given to nodes, and what is judged."""

import pytest

from compat.comfy_api.latest import io
from compat.comfy_api.latest._io.dynamic import leaves_of, regrouped
from tests.compat.conftest import Host
from tests.compat.v3 import Nodes, judged, load_nodes, run


@pytest.fixture
def nodes(host: Host) -> Nodes:
    return load_nodes()


def test_what_grows_is_given_as_a_dict_by_name(nodes: Nodes, host: Host) -> None:
    given = {"group.item0": "3", "group.item2": 4, "group.item9": 1, "others.b": None, "stray": 1}
    assert run(nodes["V3Grown"], host.context(), **given) == repr(({"item0": 3, "item2": 4}, {"b": None}))
    assert run(nodes["V3Grown"], host.context()) == repr(({}, {}))


def test_what_grows_is_judged_input_by_input(nodes: Nodes) -> None:
    grown = nodes["V3Grown"]
    assert grown.schema.extra_inputs == "any"
    assert judged(grown, {"group.item0": 3}) == {}
    assert judged(grown, {}) == {"group.item0": "Required input is missing: group.item0"}
    assert "bigger than max" in judged(grown, {"group.item0": 3, "group.item1": 10})["group.item1"]
    assert judged(grown, {}, group__item0="INT", others__a="MASK") == {}
    assert "IMAGE, which is no INT" in judged(grown, {}, group__item0="IMAGE")["group.item0"]


def test_a_choice_brings_its_own_inputs(nodes: Nodes, host: Host) -> None:
    chosen, context = nodes["V3Chosen"], host.context()
    by_size = {"mode": "size", "mode.width": "16", "mode.crop": "yes", "mode.factor": 3, "after": "z"}
    assert run(chosen, context, **by_size) == repr(({"mode": "size", "width": 16, "crop": "yes"}, "z"))
    by_factor = {"mode": "factor", "mode.factor": 3, "mode.more.item0": 1, "after": "z"}
    nested = {"more": {"item0": 1}, "mode": "factor", "factor": 3.0}
    assert run(chosen, context, **by_factor) == repr((nested, "z"))
    assert run(chosen, context, mode="none", after="z") == repr(({"mode": "none"}, "z"))


def test_a_choice_is_judged_with_the_inputs_that_it_brings(nodes: Nodes) -> None:
    chosen = nodes["V3Chosen"]
    assert judged(chosen, {"mode": "size", "mode.width": 4, "mode.crop": "no", "after": ""}) == {}
    assert judged(chosen, {"mode": "none", "mode.width": 400}) == {}
    wrong = judged(chosen, {"mode": "size", "mode.width": 400, "mode.crop": "maybe"})
    assert "bigger than max of 64" in wrong["mode.width"]
    assert "'maybe' not in ['no', 'yes']" in wrong["mode.crop"]
    assert set(judged(chosen, {"mode": "factor"})) == {"mode.factor", "mode.more.item0"}
    assert "'which' not in ['size', 'factor', 'none']" in judged(chosen, {"mode": "which"})["mode"]


def test_a_slot_brings_others_once_it_is_linked(nodes: Nodes, host: Host) -> None:
    slotted = nodes["V3Slotted"]
    assert run(slotted, host.context()) == "None"
    given = {"source": 2, "source.amount": 3}
    assert run(slotted, host.context(), **given) == repr({"source": 2, "amount": 3})
    assert judged(slotted, {}) == {}
    assert judged(slotted, {}, source="INT") == {"source.amount": "Required input is missing: source.amount"}
    assert "IMAGE, which is no INT" in judged(slotted, {"source.amount": 1}, source="IMAGE")["source"]


def test_links_to_matching_sockets_are_of_the_templates_types(nodes: Nodes) -> None:
    matched = nodes["V3Matched"]
    assert judged(matched, {}, first="IMAGE", second="IMAGE") == {}
    assert judged(matched, {}, first="COMFY_MATCHTYPE_V3", second="*") == {}
    assert "LATENT, which is no IMAGE,MASK,INT" in judged(matched, {}, first="LATENT", second="INT")["first"]


def test_several_choices_are_each_offered(nodes: Nodes) -> None:
    widgets = nodes["V3Widgets"]
    assert judged(widgets, {"tags": ["a", "c"]}) == {}
    assert "'z' not in" in judged(widgets, {"tags": ["a", "z"]})["tags"]
    assert "no list of choices" in judged(widgets, {"tags": "a"})["tags"]


def test_a_node_may_take_whatever_it_is_given(nodes: Nodes, host: Host) -> None:
    assert run(nodes["V3Everything"], host.context(), one=1, two="x") == repr({"one": 1, "two": "x"})


def test_functions_that_answer_names_learn_those_of_groups() -> None:
    inputs = [io.Autogrow.Input("g", template=io.Autogrow.TemplatePrefix(io.Int.Input("i"), "i", 0, 3))]
    assert regrouped(inputs, {"g.i1": None}, with_ids=True) == {"g": {"i1": (None, "g.i1")}}
    assert [leaf.id for leaf in leaves_of(inputs, {})] == ["g.i0", "g.i1", "g.i2"]
