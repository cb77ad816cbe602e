"""The floors of the house, held against the imports that the source really makes."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = (
    "graph",
    "diffusion",
    "runtime",
    "nodes",
    "server",
    "compat",
    "commands",
    "custom_nodes",
    "benchmarks",
)
FORBIDDEN_MODULE_NAMES = {"utils", "helpers", "common", "base", "manager"}

# package -> what it may import, the standard library and itself always allowed (see ARCHITECTURE.md).
FLOORS: dict[str, set[str]] = {
    "graph": {"networkx"},
    "diffusion": {"torch", "numpy", "safetensors", "transformers", "tokenizers", "torchsde", "scipy",
                  "spandrel"},
    "runtime": {"graph", "yaml"},
    "nodes": {"graph", "diffusion", "torch", "numpy", "PIL", "safetensors"},
    "server": {"aiohttp", "PIL", "runtime.engine", "graph"},
    "compat": {"graph", "diffusion", "nodes", "runtime", "server", "torch", "numpy", "PIL", "aiohttp",
               "safetensors"},
    "commands": {"graph", "diffusion", "runtime", "server"},
    "custom_nodes": {"nodes.api", "torch", "numpy", "PIL"},
}  # fmt: skip
NAMED_BY_OTHERS = {ROOT / "compat" / "comfy" / "utils.py", ROOT / "compat" / "comfy_execution" / "utils.py"}
# Through these two, packs written for ComfyUI reach `compat` by the names that they know.
DOORS = {ROOT / "nodes" / "__init__.py", ROOT / "server" / "__init__.py"}
# Training draws its own pictures and shows its progress; nothing else in diffusion/ does.
TRAINING_MAY_ADD = {"PIL", "tqdm"}


@dataclass(frozen=True)
class Import:
    """One imported module and where it stands."""

    path: Path
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.module}"


def sources(package: str) -> Iterator[Path]:
    yield from sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[Import]:
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield Import(path, statement.lineno, alias.name)
        elif isinstance(statement, ast.ImportFrom):
            yield from (Import(path, statement.lineno, module) for module in imported_from(path, statement))


def imported_from(path: Path, statement: ast.ImportFrom) -> list[str]:
    """`from a import b` may name the module `a.b`, so a name that is a module of ours counts as one."""
    package = statement.module or ""
    if statement.level:
        parents = path.relative_to(ROOT).parts[: -statement.level]
        package = ".".join([*parents, package]).rstrip(".")
    modules = [f"{package}.{alias.name}" for alias in statement.names if is_module(f"{package}.{alias.name}")]
    return modules or [package]


def is_module(dotted: str) -> bool:
    target = ROOT.joinpath(*dotted.split("."))
    return target.with_suffix(".py").exists() or (target / "__init__.py").exists()


def allowed(package: str, found: Import) -> bool:
    top = found.module.split(".")[0]
    if top in sys.stdlib_module_names or top == package:
        return True
    permitted = FLOORS[package] | ({"compat"} if found.path in DOORS else set())
    if found.path.is_relative_to(ROOT / "diffusion" / "training"):
        permitted = permitted | TRAINING_MAY_ADD
    return any(found.module == name or found.module.startswith(f"{name}.") for name in permitted)


@pytest.mark.parametrize("package", sorted(FLOORS))
def test_a_package_imports_only_from_the_floors_below_it(package: str) -> None:
    wrong = [
        str(found) for path in sources(package) for found in imports(path) if not allowed(package, found)
    ]
    assert wrong == []


def test_the_rule_would_catch_an_arrow_that_points_up() -> None:
    upward = Import(ROOT / "graph" / "executor.py", 1, "torch")
    assert not allowed("graph", upward)
    assert not allowed("server", Import(ROOT / "server" / "app.py", 1, "runtime.store"))
    assert allowed("server", Import(ROOT / "server" / "app.py", 1, "runtime.engine"))


@pytest.mark.parametrize("door", sorted(DOORS), ids=lambda door: door.parent.name)
def test_a_door_to_compat_opens_only_when_something_goes_through(door: Path) -> None:
    functions = [part for part in ast.walk(ast.parse(door.read_text())) if isinstance(part, ast.FunctionDef)]
    inside = {line for part in functions for line in range(part.lineno, (part.end_lineno or part.lineno) + 1)}
    lines = [found.line for found in imports(door) if found.module.split(".")[0] == "compat"]
    assert lines
    assert set(lines) <= inside


@pytest.mark.parametrize("package", [room for room in ROOMS if (ROOT / room).exists()])
def test_no_module_is_named_after_what_has_no_home(package: str) -> None:
    names = {name for path in sources(package) if path not in NAMED_BY_OTHERS for name in own_names(path)}
    assert names & FORBIDDEN_MODULE_NAMES == set()


def own_names(path: Path) -> set[str]:
    return {path.stem, path.parent.name}


def module_docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_every_module_says_its_one_responsibility_in_its_first_line() -> None:
    paths = [path for room in ROOMS for path in sources(room)] + [ROOT / "main.py"]
    silent = [
        str(path.relative_to(ROOT)) for path in paths if path.stat().st_size and not module_docstring(path)
    ]
    assert silent == []


BROAD = {"Exception", "BaseException"}
# Around a node, around a pack's import, in the server's middleware: nowhere else may anything be caught.
MAY_CATCH_ANYTHING = {"graph/calls.py", "graph/plugins.py", "server/app.py"}


def broad_handlers(path: Path) -> Iterator[int]:
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(statement, ast.ExceptHandler)
            and catches_anything(statement)
            and not passes_on(statement)
        ):
            yield statement.lineno


def catches_anything(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in BROAD for name in caught)


def passes_on(handler: ast.ExceptHandler) -> bool:
    """A handler that cleans up and raises again hides nothing."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_only_three_places_catch_every_exception() -> None:
    places = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in ROOMS
        for path in sources(room)
        if str(path.relative_to(ROOT)) not in MAY_CATCH_ANYTHING
        for line in broad_handlers(path)
    ]
    assert places == []
