"""The semantic model, read from its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from . import tmdl
from .tmdl import Node

DEFINITION = "Darkroom.SemanticModel/definition"


@dataclass
class Model:
    roots: dict[str, Node] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, project: Path) -> Model:
        return cls.of(texts(project))

    @classmethod
    def of(cls, files: dict[str, str]) -> Model:
        model = cls()
        for name, text in files.items():
            try:
                model.roots[name] = tmdl.parse(name, text)
            except tmdl.Invalid as error:
                model.problems.append(str(error))
        return model

    def all(self, kind: str) -> list[Node]:
        return [node for root in self.roots.values() for node in root.all(kind)]

    @property
    def tables(self) -> dict[str, Node]:
        return {table.name: table for table in self.all("table")}

    @property
    def columns(self) -> dict[tuple[str, str], Node]:
        return {(table.name, column.name): column for table in self.all("table") for column in table.all("column")}

    @property
    def measures(self) -> dict[str, Node]:
        return {measure.name: measure for table in self.all("table") for measure in table.all("measure")}

    @property
    def expressions(self) -> dict[str, str]:
        return {expression.name: expression.value for expression in self.all("expression")}

    @property
    def queries(self) -> dict[str, str]:
        """Returns the expression that fills each table."""
        return {name: table.all("partition")[0].properties.get("source", "") for name, table in self.tables.items() if table.all("partition")}

    @property
    def relationships(self) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        """Returns the relationships, each from the many side to the one side, as table and column."""
        return [(end(one, "fromColumn"), end(one, "toColumn")) for one in self.all("relationship")]


def end(relationship: Node, name: str) -> tuple[str, str]:
    table, _, column = relationship.properties.get(name, "").partition(".")
    return table, column


def texts(project: Path) -> dict[str, str]:
    folder = project / DEFINITION
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.tmdl"))}
