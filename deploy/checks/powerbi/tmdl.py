"""Reads TMDL, the language of the model: https://learn.microsoft.com/analysis-services/tmdl/tmdl-overview.

Objects and properties are indented by one tab more than what they belong to, and expressions over several lines by two
tabs more. The licence of Microsoft's own reader does not allow including it here. It would refuse an unknown object or
property, and so does this one, with a table of those that the model uses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterator

# What an object may contain: properties in the first set, and objects in the second.
TAGGED = {"lineageTag"}
KNOWN: dict[str, tuple[set[str], set[str]]] = {
    "": (set(), {"database", "model", "table", "expression", "relationship", "role", "cultureInfo", "ref", "annotation"}),
    "database": ({"compatibilityLevel"}, set()),
    "model": (
        {"culture", "defaultPowerBIDataSourceVersion", "discourageImplicitMeasures", "sourceQueryCulture"},
        {"dataAccessOptions", "annotation"},
    ),
    "dataAccessOptions": ({"legacyRedirects", "returnErrorValuesAsNull"}, set()),
    "table": (TAGGED | {"dataCategory", "isHidden"}, {"column", "measure", "partition", "annotation"}),
    "column": (
        TAGGED | {"dataType", "isHidden", "isKey", "formatString", "summarizeBy", "sourceColumn", "sortByColumn", "displayFolder", "dataCategory"},
        {"annotation"},
    ),
    "measure": (TAGGED | {"formatString", "displayFolder", "isHidden"}, {"annotation"}),
    "partition": ({"mode", "source"}, {"annotation"}),
    "expression": (TAGGED, {"annotation"}),
    "relationship": ({"fromColumn", "toColumn", "isActive", "crossFilteringBehavior", "joinOnDateBehavior"}, {"annotation"}),
    "role": ({"modelPermission"}, {"tablePermission", "annotation"}),
    "tablePermission": (set(), set()),
    "cultureInfo": (set(), {"linguisticMetadata", "annotation"}),
    "linguisticMetadata": ({"contentType"}, set()),
    "annotation": (set(), set()),
    "ref": (set(), set()),
}
DECLARATION = re.compile(r"(?P<kind>\w+)(?: (?P<name>'(?:[^']|'')+'|[^\s='][^=\n]*?))?(?:\s*=\s*(?P<value>.*))?$")
PROPERTY = re.compile(r"(?P<name>\w+):\s*(?P<value>.*)$")


class Invalid(Exception):
    """A line that Microsoft's reader would refuse as well."""


@dataclass
class Node:
    kind: str
    name: str = ""
    value: str = ""
    description: str = ""
    where: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    def all(self, kind: str) -> list[Node]:
        return [child for child in self.children if child.kind == kind]

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass
class Line:
    number: int
    indent: int
    text: str
    spaces: bool

    @classmethod
    def of(cls, number: int, line: str) -> Line:
        start = line[: len(line) - len(line.lstrip())]
        tabs = len(start) - len(start.lstrip("\t"))
        return cls(number, tabs, line.strip(), len(start) > tabs)


def parse(file: str, text: str) -> Node:
    """Returns the objects of a file, below a node without a kind."""
    root = Node("", where=file)
    open_nodes = [root]
    lines = [Line.of(number, line) for number, line in enumerate(text.splitlines(), 1)]
    description: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.text:
            continue
        if line.text.startswith("///"):
            description.append(line.text[3:].strip())
            continue
        where = f"{file}:{line.number}"
        if line.spaces:
            raise Invalid(f"{where}: it is indented with spaces")
        if line.indent >= len(open_nodes):
            raise Invalid(f"{where}: it is indented deeper than anything it could belong to")
        del open_nodes[line.indent + 1 :]
        block, at = expression(lines, at, line.indent + 2)
        node = read(line.text, block, open_nodes[-1], where)
        if node is not None:
            node.description = "\n".join(description)
            open_nodes.append(node)
        elif description:
            raise Invalid(f"{where}: a property has no description")
        description = []
    return root


def expression(lines: list[Line], at: int, depth: int) -> tuple[str, int]:
    """Returns the lines that are indented as an expression, and the index of the line after them."""
    end = at
    while end < len(lines) and (lines[end].indent >= depth or not lines[end].text):
        end += 1
    while end > at and not lines[end - 1].text:
        end -= 1
    return "\n".join(line.text for line in lines[at:end]), end


def read(text: str, block: str, parent: Node, where: str) -> Node | None:
    """Adds an object to its parent and returns it, or sets a property of the parent and returns nothing."""
    properties, objects = KNOWN[parent.kind]
    if found := PROPERTY.match(text):
        name, value = found["name"], found["value"]
    elif (found := DECLARATION.match(text)) is None:
        raise Invalid(f"{where}: neither an object nor a property: {text}")
    elif found["kind"] in objects:
        return declared(found, block, parent, where)
    elif found["name"]:
        raise Invalid(f"{where}: a {parent.kind or 'file'} holds no {found['kind']}")
    else:
        name, value = found["kind"], found["value"] if found["value"] is not None else "true"
    if name not in properties:
        raise Invalid(f"{where}: a {parent.kind or 'file'} has no property {name}")
    if name in parent.properties:
        raise Invalid(f"{where}: {name} stands there twice")
    parent.properties[name] = block or value
    return None


def declared(found: re.Match, block: str, parent: Node, where: str) -> Node:
    name = found["name"] or ""
    if name.startswith("'"):
        name = name[1:-1].replace("''", "'")
    elif re.search(r"[.=:']", name) or (re.search(r"\s", name) and found["kind"] != "ref"):
        raise Invalid(f"{where}: the name {name} has to stand in quotes")
    node = Node(found["kind"], name, block or found["value"] or "", where=where)
    parent.children.append(node)
    return node
