"""Bicep files as trees, with what the checks ask of them.

The parser does not tell a text from a name: `'Disabled'` and `Disabled` are both `Disabled`. The compiler, which CI
runs, tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

from pycep import BicepParser


@dataclass
class Resource:
    file: str
    symbol: str
    type: str
    version: str
    existing: bool
    conditional: bool
    config: dict[str, Any]

    @property
    def where(self) -> str:
        return f"{self.file}: {self.symbol}"

    def get(self, path: str) -> Any:
        """The value at a dotted path, or None."""
        value: Any = self.config
        for part in path.split("."):
            if not isinstance(value, dict):
                return None
            value = value.get(part)
        return value


@dataclass
class File:
    name: str
    text: str
    tree: dict[str, Any]
    resources: list[Resource] = field(default_factory=list)

    @property
    def params(self) -> dict[str, Any]:
        return self.tree.get("parameters", {})

    @property
    def variables(self) -> dict[str, Any]:
        return self.tree.get("variables", {})

    @property
    def modules(self) -> dict[str, Any]:
        return self.tree.get("modules", {})

    @property
    def outputs(self) -> dict[str, Any]:
        return self.tree.get("outputs", {})

    def resolve(self, value: Any) -> Any:
        """A name of a variable of this file stands for its value."""
        if isinstance(value, str) and value in self.variables:
            return self.variables[value]["value"]
        return value


@dataclass
class Tree:
    files: dict[str, File] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path) -> Tree:
        tree = cls()
        for path in sorted([*folder.glob("*.bicep"), *folder.glob("modules/*.bicep")]):
            tree.add(str(path.relative_to(folder)), path.read_text(encoding="utf-8"))
        if not tree.files and not tree.errors:
            tree.errors.append(f"{folder}: there are no Bicep files")
        return tree

    def add(self, name: str, text: str) -> None:
        try:
            parsed = BicepParser().parse(text=text)
        except Exception as error:  # The parser has no error type of its own.
            self.errors.append(f"{name}: {str(error).splitlines()[0]}")
            return
        file = File(name, text, parsed)
        for symbol, resource in parsed.get("resources", {}).items():
            config, conditional = unwrap(resource["config"])
            file.resources.append(
                Resource(name, symbol, resource["type"], resource["api_version"], resource["existing"], conditional, config)
            )
        self.files[name] = file

    def resources(self, type_: str | None = None, existing: bool = False) -> Iterator[Resource]:
        for file in self.files.values():
            for resource in file.resources:
                if resource.existing == existing and (type_ is None or resource.type.lower() == type_.lower()):
                    yield resource


def unwrap(config: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """What stands in a condition or a loop, and whether there was a condition."""
    conditional = False
    while "condition" in config and "config" in config:
        conditional = conditional or config["condition"] is not None
        config = config["config"]
    return config, conditional


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a tree."""
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from walk(child)
    elif isinstance(value, list):
        for child in value:
            yield from walk(child)


def names(value: Any) -> Iterator[str]:
    """Every text and name in a tree."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from names(child)
    elif isinstance(value, list):
        for child in value:
            yield from names(child)
