"""Checks of settings in the documentation: every setting that the code reads is in a table, and every setting that a page names exists."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Iterator

from .links import SKIPPED, pages
from .settings import FOLDERS, functions_of, read_by_functions, sources

NAME = r"(?:DARKROOM|KAFKA|OTEL)_[A-Z0-9_]+"
# A literal that is nothing but a name. A name within a message is not a look-up.
LITERAL = re.compile(rf'"({NAME})"')
NUMBER = re.compile(rf'"({NAME})",\s*(?:\w+\()?([\d_]+)\)')
# The files that document each program's settings.
TABLES = {"handler": "README.md", "web": "docs/web-settings.md"}
# Other files with settings: tests, scripts and templates.
READERS = (".rs", ".sh", ".bicepparam")
# Settings that no longer exist may still be mentioned here.
HISTORY = "CHANGELOG.md"


def checks(root: Path):
    bound = read_by_functions(functions_of(root))
    return [
        (f"documented: the settings of the {app}, in {page}", lambda app=app, page=page: program(root, app, page, bound if app == "handler" else set()))
        for app, page in TABLES.items()
    ] + [
        ("documented: settings that pages name are read somewhere", lambda: gone(root)),
        ("documented: settings of the deployment that pages name are there", lambda: deployed(root)),
    ]


def program(root: Path, app: str, page: str, bound: set[str]) -> list[str]:
    code = "\n".join(sources(root, FOLDERS[app]))
    text = (root / page).read_text(encoding="utf-8")
    problems = differences(set(LITERAL.findall(code)) | bound, set(rows(text)))
    return [f"{page}: {problem}" for problem in problems + defaults(code, rows(text))]


def differences(read: set[str], documented: set[str]) -> list[str]:
    """Compares two sets of names. A name that ends with a star stands for all names with this beginning."""
    begun = tuple(name.removesuffix("*") for name in documented if name.endswith("*"))
    problems = [f"{name} is read, and not in the table" for name in sorted(read - documented) if not name.startswith(begun)]
    for name in sorted(documented - read):
        if not (name.endswith("*") and any(one.startswith(name.removesuffix("*")) for one in read)):
            problems.append(f"{name} is in the table, and nothing reads it")
    return problems


def rows(text: str) -> dict[str, str]:
    """Returns the settings in the tables `| setting | meaning | default |` with their defaults."""
    found = {}
    for first, default in re.findall(r"(?m)^\|([^|]+)\|[^|]+\|([^|]*)\|$", text):
        found |= {name: default.strip(" `") for name in re.findall(rf"`({NAME}|[A-Z]+_\*)`", first)}
    return found


def defaults(code: str, documented: dict[str, str]) -> list[str]:
    """Compares defaults that are numbers. A person has to compare the others."""
    return [
        f"the default of {name} is {number}, not {documented[name]}"
        for name, number in ((name, number.replace("_", "")) for name, number in NUMBER.findall(code))
        if name in documented and documented[name] != number
    ]


def gone(root: Path) -> list[str]:
    known = {name for path in readers(root) for name in re.findall(NAME, path.read_text(encoding="utf-8"))}
    known |= read_by_functions(functions_of(root))
    return [f"{page.relative_to(root)}: nothing reads {name}" for page in pages(root) if page.name != HISTORY for name in unknown(page.read_text(encoding="utf-8"), known)]


def readers(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED]
        yield from (Path(folder) / name for name in files if name.endswith(READERS))


def unknown(page: str, known: set[str]) -> list[str]:
    """Returns the names that are not known. OpenTelemetry's library reads further settings, which its own documentation describes."""
    return sorted(name for name in set(re.findall(rf"\b{NAME}\b", page)) - known if not name.startswith("OTEL_"))


def deployed(root: Path) -> list[str]:
    known = properties((root / "deploy/azure/types.bicep").read_text(encoding="utf-8"))
    found = [page for page in pages(root) if page.name != HISTORY]
    return [f"{page.relative_to(root)}: {problem}" for page in found for problem in unset(page.read_text(encoding="utf-8"), known)]


def properties(types: str) -> dict[str, set[str]]:
    """Returns the properties of each object in the settings. The object may have one of several types."""
    bodies = dict(re.findall(r"(?ms)^type (\w+) = \{\n(.*?)^\}", types))
    rows = {name: dict(re.findall(r"(?m)^  (\w+): (.+)$", body)) for name, body in bodies.items()}
    return {
        group: {row for name in re.findall(r"\w+", type_) for row in rows.get(name, {})}
        for group, type_ in rows.get("Settings", {}).items()
        if any(name in rows for name in re.findall(r"\w+", type_))
    }


def unset(page: str, known: dict[str, set[str]]) -> list[str]:
    """Returns what a page calls a setting of the deployment although it is none. Settings used to be written as one word."""
    named = {(group, name) for group, name in re.findall(r"`([a-z]\w*)\.(\w+)", page) if group in known}
    words = {f"{group}{name[0].upper()}{name[1:]}": f"{group}.{name}" for group, names in known.items() for name in names}
    problems = [f"there is no setting {group}.{name}" for group, name in sorted(named) if name not in known[group]]
    return problems + [f"{word} is {words[word]} now" for word in sorted(set(re.findall(r"`(\w+)`", page)) & set(words))]
