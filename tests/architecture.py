"""The rules of the house: who may import whom, how long a file may be, what it may be called."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parent.parent
PACKAGES = {"protocol", "firmware_bridge", "edge_agent", "cloud"}
FOLDERS = (*sorted(PACKAGES), "deploy", "benchmarks", "tests")

# package -> the packages it may import.
MAY_IMPORT = {
    "firmware_bridge": {"protocol"},
    "edge_agent": {"protocol", "firmware_bridge"},
    "cloud": {"protocol", "firmware_bridge"},
}
# The cloud knows sources only where it polls a site that has no gateway.
CLOUD_READS_DEVICES = {"cloud/tasks/poll.py", "cloud/config.py"}

# protocol is pure: no I/O, no clock, no logging.
IMPURE = {
    *(
        "asyncio",
        "datetime",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "selectors",
        "shutil",
    ),
    *("signal", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib"),
}

# From top to bottom: a part imports only what stands below its line, never its siblings.
LAYERS = {
    "edge_agent": [
        {"__main__"},
        {"agent", "technician"},
        {"collect", "uplink"},
        {"rules"},
        {"watch", "actions"},
        {"outbox"},
        {"clock", "config"},
        {"mistakes", "action_kinds"},
    ],
    "edge_agent/uplink": [
        {"uplink"},
        {"listen", "speak", "mqtt_link", "https_link", "ways"},
        {"state"},
        {"session"},
        {"lanes"},
        {"window", "link"},
    ],
    "cloud": [
        {"__main__"},
        {"commands"},
        {"program"},
        {"api", "tasks"},
        {"ingest"},
        {"alerting", "identity"},
        {"store"},
        {"config", "data_directory"},
        {"senders"},
        {"clock", "errors", "faultpoint", "metrics"},
    ],
}

# The adapters among the files of cloud/senders.
SENDERS = {f"cloud.senders.{kind}" for kind in ("apprise", "log", "mail", "webhook")}

LONGEST = 250  # lines
MIGRATIONS = "cloud/store/migrations/versions"  # written once, never worked on again
NAMELESS = {
    "util",
    "utils",
    "common",
    "helper",
    "helpers",
    "base",
    "core",
    "manager",
    "misc",
    "lib",
    "shared",
}


WIDE = ("except:", "except Exception:", "except Exception as")
LOOSE = {"asyncio.create_task", "asyncio.ensure_future", "loop.create_task"}
# A fault behind these must not take down what stands beside it: requests, messages, sources, rules, chores.
CATCH_ALL = ("firmware_bridge/lan/", "firmware_bridge/mqtt_topics/", "edge_agent/", "cloud/alerting/")


class Module(msgspec.Struct, frozen=True):
    """A source file by its path in the repository."""

    path: str
    text: str

    @property
    def package(self) -> str:
        return self.path.partition("/")[0]

    @property
    def part(self) -> str:
        """The file or folder right below the package."""
        return self.path.split("/")[1].removesuffix(".py")

    def part_of(self, folder: str) -> str:
        """The file or folder right below that one; "": it is not in there."""
        inside = self.path.removeprefix(folder + "/")
        return "" if inside == self.path else inside.partition("/")[0].removesuffix(".py")

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".")


def sources() -> list[Module]:
    return [
        Module(str(path.relative_to(ROOT)), path.read_text())
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "node_modules" not in path.parts
    ]


def imports(module: Module) -> Iterator[str]:
    """Everything it imports, in full: `cloud.store.tables`."""
    for node in ast.walk(ast.parse(module.text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                start = ".".join(module.name.split(".")[: -node.level]) + (f".{start}" if start else "")
            yield from (f"{start}.{alias.name}" for alias in node.names)


def wrong_package(module: Module) -> Iterator[str]:
    """Imports between packages, and what keeps `protocol` pure."""
    if module.package not in PACKAGES:
        return
    for name in imports(module):
        top = name.partition(".")[0]
        if module.package == "protocol":
            if not is_pure(top):
                yield f"{module.path} imports {name}: protocol is pure"
        elif top in FOLDERS and top != module.package and top not in MAY_IMPORT[module.package]:
            yield f"{module.path} imports {name}"
        if module.package == "cloud" and top == "firmware_bridge" and module.path not in CLOUD_READS_DEVICES:
            yield f"{module.path} imports {name}: only {' and '.join(sorted(CLOUD_READS_DEVICES))} may"


def is_pure(top: str) -> bool:
    return top in {"protocol", "msgspec"} or (top in sys.stdlib_module_names and top not in IMPURE)


def wrong_layer(module: Module) -> Iterator[str]:
    """Imports inside a folder that do not point down."""
    for folder, layers in LAYERS.items():
        own, inside = module.part_of(folder), folder.replace("/", ".") + "."
        if own in ("", "__init__"):
            continue
        height = place(layers, own)
        if height is None:
            yield f"{module.path}: {own} has no place in LAYERS yet"
            continue
        for name in imports(module):
            part = name.removeprefix(inside).partition(".")[0]
            if not name.startswith(inside) or part == own:
                continue
            theirs = place(layers, part)
            if theirs is None or theirs <= height:
                yield f"{module.path} imports {name}, which does not stand below it"


def place(layers: list[set[str]], part: str) -> int | None:
    return next((number for number, layer in enumerate(layers) if part in layer), None)


def wrong_adapter(module: Module, adapters: set[str]) -> Iterator[str]:
    """A source is known to `sources.py` alone, never to another source; a sender to `senders.py`."""
    if module.path.startswith("cloud/senders/") and module.path != "cloud/senders/senders.py":
        for name in imports(module):
            if ".".join(name.split(".")[:3]) in SENDERS - {module.name}:
                yield f"{module.path} imports {name}: senders do not know each other"
    if module.package == "firmware_bridge" and module.part != "sources":
        for name in imports(module):
            if ".".join(name.split(".")[:2]) in adapters - {f"firmware_bridge.{module.part}"}:
                yield f"{module.path} imports {name}: sources do not know each other"


def adapters_of(modules: list[Module]) -> set[str]:
    union = next(module for module in modules if module.path == "firmware_bridge/sources.py")
    return {".".join(name.split(".")[:2]) for name in imports(union) if name.startswith("firmware_bridge.")}


def wrong_shape(module: Module) -> Iterator[str]:
    """Too long, code where none belongs, a name that says nothing, a habit that is not ours."""
    lines = module.text.count("\n")
    if lines > LONGEST and not module.path.startswith(MIGRATIONS):
        yield f"{module.path} has {lines} lines: split it by noun, at most {LONGEST}"
    if module.path.endswith("/__init__.py") and module.text.strip():
        yield f"{module.path} holds code"
    for word in Path(module.path).with_suffix("").parts:
        if word in NAMELESS:
            yield f"{module.path}: {word} is no noun of this house"
    for name in imports(module):
        if name in {"__future__.annotations", "typing.TYPE_CHECKING"}:
            yield f"{module.path} imports {name}: types are read when the program runs"
        if name.startswith("unittest.mock"):
            yield f"{module.path} imports {name}: no mocks"


def loose_ends(module: Module) -> Iterator[str]:
    """A task outside a TaskGroup dies unseen; who catches everything hides what nobody thought of."""
    if module.package == "tests":
        return
    for node in ast.walk(ast.parse(module.text)):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in LOOSE:
            yield f"{module.path}:{node.lineno} starts a task outside a TaskGroup"
        is_wide = isinstance(node, ast.ExceptHandler) and ast.unparse(node).strip().startswith(WIDE)
        if is_wide and not module.path.startswith(CATCH_ALL):
            yield f"{module.path} catches everything: name what it expects"


def violations(modules: list[Module]) -> list[str]:
    adapters = adapters_of(modules)
    return [
        sentence
        for module in modules
        for found in (
            wrong_package(module),
            wrong_layer(module),
            wrong_adapter(module, adapters),
            wrong_shape(module),
            loose_ends(module),
        )
        for sentence in found
    ]
