"""What a V3 node says of itself, and what it is told besides its inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from graph.errors import SchemaError

from .inputs import Described, Input, Output, by_group


class Hidden(StrEnum):
    """What a node may ask for that no one draws; the values are the tags of the wire."""

    unique_id = "UNIQUE_ID"
    prompt = "PROMPT"
    extra_pnginfo = "EXTRA_PNGINFO"
    dynprompt = "DYNPROMPT"
    auth_token_comfy_org = "AUTH_TOKEN_COMFY_ORG"
    api_key_comfy_org = "API_KEY_COMFY_ORG"


class HiddenHolder:
    """The values asked for, by name; None for all others."""

    unique_id: Any = None
    prompt: Any = None
    extra_pnginfo: Any = None
    dynprompt: Any = None
    auth_token_comfy_org: Any = None
    api_key_comfy_org: Any = None

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)

    @classmethod
    def from_dict(cls, values: Mapping[Any, Any] | None) -> HiddenHolder:
        """From values by tag."""
        tags = {tag.value: tag.name for tag in Hidden}
        given = {str(getattr(tag, "value", tag)): value for tag, value in (values or {}).items()}
        return cls(**{name: given[tag] for tag, name in tags.items() if tag in given})


class PriceBadge(Described):
    """What a paid service asks for one call, as its own page tells it."""

    ARGUMENTS = "expr depends_on engine"


class PriceBadgeDepends(Described):
    """What the price depends on."""

    ARGUMENTS = "widgets inputs input_groups"


class Schema:
    """A node's name, place, inputs, outputs and flags; what no one knows is kept in `more`."""

    def __init__(
        self,
        node_id: str,
        display_name: str | None = None,
        category: str = "sd",
        inputs: Iterable[Input] | None = None,
        outputs: Iterable[Output] | None = None,
        hidden: Iterable[Hidden] | None = None,
        description: str = "",
        search_aliases: Iterable[str] | None = None,
        *,
        is_input_list: bool = False,
        is_output_node: bool = False,
        is_deprecated: bool = False,
        is_experimental: bool = False,
        is_api_node: bool = False,
        not_idempotent: bool = False,
        enable_expand: bool = False,
        accept_all_inputs: bool = False,
        **more: Any,
    ) -> None:
        self.node_id, self.display_name, self.category = node_id, display_name, category
        self.inputs, self.outputs = list(inputs or ()), list(outputs or ())
        self.hidden, self.description = list(hidden or ()), description or ""
        self.search_aliases = list(search_aliases or ())
        self.is_input_list, self.is_output_node = is_input_list, is_output_node
        self.is_deprecated, self.is_experimental, self.is_api_node = (
            is_deprecated,
            is_experimental,
            is_api_node,
        )
        self.not_idempotent, self.enable_expand = not_idempotent, enable_expand
        self.accept_all_inputs = accept_all_inputs
        self.more = more

    @property
    def wanted(self) -> list[Hidden]:
        """The hidden values that it is given: those it names, and those that its kind goes with."""
        named = [Hidden(getattr(one, "value", one)) for one in self.hidden]
        if self.is_output_node:
            named += [Hidden.prompt, Hidden.extra_pnginfo]
        if self.is_api_node:
            named += [Hidden.auth_token_comfy_org, Hidden.api_key_comfy_org]
        return list(dict.fromkeys(named))

    def validate(self) -> None:
        """Raises SchemaError where it cannot be a node's."""
        if not isinstance(self.node_id, str) or not self.node_id:
            raise SchemaError(f"a schema needs a node_id, a text; this one has {self.node_id!r}")
        for what, kind, entries in (("input", Input, self.inputs), ("output", Output, self.outputs)):
            self._check_entries(what, kind, entries)
        for one in self.inputs:
            one.validate()

    def _check_entries(self, what: str, kind: type, entries: Sequence[Any]) -> None:
        wrong = [one for one in entries if not isinstance(one, kind)]
        if wrong:
            raise SchemaError(
                f"node {self.node_id}: {wrong[0]!r} is no {what}; write io.Image.{what.capitalize()}(...)"
            )
        counted = Counter(one.id for one in entries if one.id is not None)
        twice = sorted(name for name, count in counted.items() if count > 1)
        if twice:
            raise SchemaError(
                f"node {self.node_id}: several {what}s have the id {', '.join(map(repr, twice))}"
            )

    def input_types(self, *, include_hidden: bool = True) -> dict[str, Any]:
        """As V1 classes say it; hidden ones are tuples of one tag."""
        groups: dict[str, Any] = dict(by_group(self.inputs))
        hidden = {one.name: (one.value,) for one in self.wanted}
        return groups | ({"hidden": hidden} if hidden and include_hidden else {})
