"""The class that V3 nodes inherit from, what they return, and the clone of it that each call is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, cast

from graph.errors import HeddleError, SchemaError
from graph.node import Blocker

from .schema import HiddenHolder, Schema


class ReturnedError(HeddleError):
    """A node returned what cannot be its outputs."""


class LockedError(HeddleError, AttributeError):
    """A node tried to keep state on its class."""


class NodeOutput:
    """What a node returns: its outputs, what it shows, and nodes that it wants to run."""

    def __init__(
        self,
        *values: Any,
        ui: Any = None,
        expand: Mapping[str, Any] | None = None,
        block_execution: str | None = None,
        **_: Any,
    ) -> None:
        self.args = values
        self.ui = ui
        self.expand = expand
        self.block_execution = block_execution

    @property
    def result(self) -> tuple[Any, ...] | None:
        """The outputs, as V1 nodes return them."""
        return self.args or None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> NodeOutput:
        """From the dict that V1 nodes return."""
        result = data.get("result")
        if isinstance(result, Blocker):
            return cls(block_execution=result.message or "", ui=data.get("ui"), expand=data.get("expand"))
        return cls(*(result or ()), ui=data.get("ui"), expand=data.get("expand"))

    def __getitem__(self, index: Any) -> Any:
        return self.args[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.args)

    def __len__(self) -> int:
        return len(self.args)


def as_node_output(returned: Any, name: str) -> NodeOutput:
    """Whatever shape a node returned its outputs in. Raises ReturnedError for one that is none."""
    if isinstance(returned, NodeOutput):
        return returned
    if returned is None:
        return NodeOutput()
    if isinstance(returned, Blocker):
        return NodeOutput(block_execution=returned.message or "")
    if isinstance(returned, tuple):
        return NodeOutput(*returned)
    if isinstance(returned, Mapping):
        return NodeOutput.from_dict(returned)
    raise ReturnedError(
        f"{name} returned a {type(returned).__name__}; it should return io.NodeOutput(...), a tuple of its "
        "outputs, a dict, an ExecutionBlocker or None"
    )


class ClassProperty:
    """An attribute that is worked out when it is read, from the class as from its instances."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read
        self.__doc__ = read.__doc__

    def __get__(self, _: Any, owner: type) -> Any:
        return self.read(owner)


class ComfyNode:
    """Base of V3 nodes: `define_schema` and `execute` are theirs, the rest answers as a V1 class would."""

    RELATIVE_PYTHON_MODULE: ClassVar[str | None] = None
    SCHEMA: ClassVar[Schema | None] = None
    ESSENTIALS_CATEGORY: ClassVar[str | None] = None
    hidden: ClassVar[HiddenHolder] = HiddenHolder()

    @classmethod
    def define_schema(cls) -> Schema:
        """Say what the node is."""
        raise SchemaError(f"{cls.__name__} has no define_schema, which should return an io.Schema")

    @classmethod
    def execute(cls, **_: Any) -> Any:
        """Do the work."""
        raise SchemaError(f"{cls.__name__} has no execute")

    @classmethod
    def validate_inputs(cls, **_: Any) -> Any:
        """True where all is well, else a message."""
        return True

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> Any:
        """What changes when the node has to run again."""
        return None

    @classmethod
    def check_lazy_status(cls, **inputs: Any) -> list[str]:
        """The lazy inputs that are wanted: all that are not there yet."""
        return [
            value[1] if isinstance(value, tuple) else name
            for name, value in inputs.items()
            if value is None or (isinstance(value, tuple) and value[:1] == (None,) and len(value) == 2)
        ]

    @classmethod
    def GET_SCHEMA(cls) -> Schema:  # noqa: N802 - the name that packs know
        """The schema as it is now. Raises SchemaError for one that cannot be."""
        found = cast("object", cls.define_schema())
        if not isinstance(found, Schema):
            raise SchemaError(
                f"{cls.__name__}.define_schema returned {found!r}; it should return an io.Schema"
            )
        found.validate()
        return found

    FINALIZE_SCHEMA = GET_SCHEMA

    @classmethod
    def INPUT_TYPES(cls, include_hidden: bool = True, **_: Any) -> dict[str, Any]:  # noqa: N802
        """The inputs as V1 classes say them."""
        return cls.GET_SCHEMA().input_types(include_hidden=include_hidden)

    @classmethod
    def GET_BASE_CLASS(cls) -> type:  # noqa: N802
        """What all of them inherit from."""
        return ComfyNode

    @classmethod
    def EXECUTE_NORMALIZED(cls, *values: Any, **inputs: Any) -> NodeOutput:  # noqa: N802
        """Call `execute` as those do who call V1 nodes."""
        return as_node_output(cls.execute(*values, **inputs), cls.__name__)

    @classmethod
    async def EXECUTE_NORMALIZED_ASYNC(cls, *values: Any, **inputs: Any) -> NodeOutput:  # noqa: N802
        """The same for a coroutine function."""
        return as_node_output(await cls.execute(*values, **inputs), cls.__name__)

    @ClassProperty
    def FUNCTION(cls: Any) -> str:  # noqa: N802, N805
        """The name of the method to call."""
        return "EXECUTE_NORMALIZED_ASYNC" if is_async(cls) else "EXECUTE_NORMALIZED"

    CATEGORY = ClassProperty(lambda cls: cls.GET_SCHEMA().category)
    DESCRIPTION = ClassProperty(lambda cls: cls.GET_SCHEMA().description)
    OUTPUT_NODE = ClassProperty(lambda cls: cls.GET_SCHEMA().is_output_node)
    INPUT_IS_LIST = ClassProperty(lambda cls: cls.GET_SCHEMA().is_input_list)
    DEPRECATED = ClassProperty(lambda cls: cls.GET_SCHEMA().is_deprecated)
    EXPERIMENTAL = ClassProperty(lambda cls: cls.GET_SCHEMA().is_experimental)
    API_NODE = ClassProperty(lambda cls: cls.GET_SCHEMA().is_api_node)
    NOT_IDEMPOTENT = ClassProperty(lambda cls: cls.GET_SCHEMA().not_idempotent)
    ACCEPT_ALL_INPUTS = ClassProperty(lambda cls: cls.GET_SCHEMA().accept_all_inputs)
    SEARCH_ALIASES = ClassProperty(lambda cls: list(cls.GET_SCHEMA().search_aliases))
    RETURN_TYPES = ClassProperty(lambda cls: [one.get_io_type() for one in cls.GET_SCHEMA().outputs])
    RETURN_NAMES = ClassProperty(lambda cls: [one.shown_name for one in cls.GET_SCHEMA().outputs])
    OUTPUT_IS_LIST = ClassProperty(lambda cls: [one.is_output_list for one in cls.GET_SCHEMA().outputs])
    OUTPUT_TOOLTIPS = ClassProperty(lambda cls: [one.tooltip or "" for one in cls.GET_SCHEMA().outputs])


def is_async(kind: type[ComfyNode]) -> bool:
    """Whether its `execute` is a coroutine function."""
    return inspect.iscoroutinefunction(kind.execute)


def overrides(kind: type, name: str) -> bool:
    """Whether a class between this one and ComfyNode defines the method."""
    for ancestor in kind.__mro__:
        if ancestor is ComfyNode:
            return False
        if name in vars(ancestor):
            return True
    return False


def locked_clone(kind: type[ComfyNode], hidden: HiddenHolder) -> type[ComfyNode]:
    """A class of its own for one call, with what it is told besides its inputs; nothing can be kept on it."""
    meta = type(kind)

    class Locked(meta):  # type: ignore[valid-type, misc]
        def __setattr__(cls, name: str, value: Any) -> None:  # noqa: N805 - the instances are classes
            if "LOCKED" in vars(cls):
                raise LockedError(
                    f"{cls.__name__}.{name} cannot be set during a call: all nodes would share it; "
                    "keep the value in a variable of the module"
                )
            super().__setattr__(name, value)

    inside = {
        "hidden": hidden,
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    clone = Locked(kind.__name__, (kind,), inside)
    type.__setattr__(clone, "LOCKED", True)
    return cast("type[ComfyNode]", clone)
