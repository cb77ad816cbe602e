"""One value that feeds several widgets."""

import pytest

from graph.errors import InvalidWorkflow
from tests.nodes.studio import Prompt, Studio


def chain(class_type: str, value: object) -> Prompt:
    """A primitive whose value becomes the prefix of a file."""
    return {
        "1": {"class_type": class_type, "inputs": {"value": value}},
        "2": {"class_type": "EmptyImage", "inputs": {"width": 4, "height": 4, "batch_size": 1, "color": 0}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": ["1", 0]}},
    }


@pytest.mark.parametrize("class_type", ["PrimitiveString", "PrimitiveStringMultiline"])
def test_a_string_feeds_a_text_widget(studio: Studio, class_type: str) -> None:
    assert studio.run(chain(class_type, "named")).files[0].name == "named_00001_.png"


def test_a_number_feeds_two_widgets(studio: Studio) -> None:
    prompt = chain("PrimitiveInt", 6)
    prompt["2"]["inputs"] |= {"width": ["1", 0], "height": ["1", 0]}
    prompt["3"]["inputs"]["filename_prefix"] = "%width%x%height%"
    assert studio.run(prompt).files[0].name == "6x6_00001_.png"


def test_a_float_scales(studio: Studio) -> None:
    prompt = chain("PrimitiveFloat", 2.5)
    scale = {"image": ["2", 0], "upscale_method": "area", "scale_by": ["1", 0]}
    prompt["4"] = {"class_type": "ImageScaleBy", "inputs": scale}
    prompt["3"]["inputs"] = {"images": ["4", 0], "filename_prefix": "%width%"}
    assert studio.run(prompt).files[0].name == "10_00001_.png"


def test_a_value_of_the_wrong_kind_is_told_at_its_node(studio: Studio) -> None:
    prompt = chain("PrimitiveInt", "many")
    with pytest.raises(InvalidWorkflow) as caught:
        studio.run(prompt)
    assert caught.value.node_errors["1"]["errors"][0]["type"] == "invalid_input_type"
