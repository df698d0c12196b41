"""Finds command lines in shell scripts, in the scripts inside workflows and azure.yaml, and in the documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from ..links import SKIPPED, pages
from ..schemas import load

# The text for a value that is known only when the line runs.
PLACEHOLDER = "placeholder"
# Some arguments are parsed as a time.
MOMENT = "2026-01-01T00:00:00Z"
# The text for any number of values.
MANY = "placeholders"
EXPAND_TO_MANY = {"$@", "$*"}
FENCE = re.compile(r"(?ms)^ *```(sh|bash|shell|console)\n(.*?)^ *```")
INLINE = re.compile(r"`(az [^`]+)`")
BASH = Parser(Language(tree_sitter_bash.language()))


@dataclass(frozen=True)
class Line:
    """A command line and where it is. A command line in running text may leave out arguments."""

    where: str
    words: tuple[str, ...]
    whole: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {' '.join(self.words)}"


def lines(root: Path, program: str) -> list[Line]:
    """Returns every command line of the repository that starts with the program."""
    found = []
    for where, text, whole in sources(root):
        found += [Line(where, words, whole) for words in commands(text, program)]
    return found


def sources(root: Path) -> Iterator[tuple[str, str, bool]]:
    """Returns pieces of shell text, each with its file and whether its commands are complete."""
    for path in scripts(root):
        yield str(path.relative_to(root)), path.read_text(encoding="utf-8"), True
    for path in [*sorted(root.glob(".github/workflows/*.yml")), root / "azure.yaml"]:
        for text in values(load(path), "run"):
            yield str(path.relative_to(root)), re.sub(r"\$\{\{.*?\}\}", PLACEHOLDER, text), True
    for page in pages(root):
        yield from of_page(str(page.relative_to(root)), page.read_text(encoding="utf-8"))


def scripts(root: Path) -> list[Path]:
    found = [root / "dev", *root.glob(".ci/*")]
    found += [path for path in root.rglob("*.sh") if not SKIPPED & set(path.relative_to(root).parts)]
    return sorted(path for path in found if path.is_file())


def values(tree: object, key: str) -> Iterator[str]:
    """Returns every text under that key, at any depth."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name == key and isinstance(value, str):
                yield value
            yield from values(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from values(value, key)


def of_page(where: str, text: str) -> Iterator[tuple[str, str, bool]]:
    for language, block in FENCE.findall(text):
        yield where, typed(block) if language == "console" else block, True
    for code in INLINE.findall(FENCE.sub("", text)):
        yield where, code.replace("…", PLACEHOLDER).replace("\n", " "), False


def typed(block: str) -> str:
    """Returns what is typed in a console block, without the output."""
    return "\n".join(line[2:] for line in block.splitlines() if line.startswith("$ "))


def commands(text: str, program: str) -> list[tuple[str, ...]]:
    """Returns the arguments of every call of a program, including calls within `$(…)`."""
    source = text.encode()
    found = []
    for node in nodes(BASH.parse(source).root_node):
        if node.type == "command" and (name := node.child_by_field_name("name")) and name.text == program.encode():
            found.append(tuple(word(one, source) for one in node.children_by_field_name("argument")))
    return found


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from nodes(child)


def word(node: Node, source: bytes) -> str:
    """Returns the value of an argument, with placeholders for what is known only when the line runs."""
    text = source[node.start_byte : node.end_byte].decode()
    if text.strip('"') in EXPAND_TO_MANY:
        return MANY
    match node.type:
        case "raw_string":
            return text[1:-1]
        case "simple_expansion" | "expansion" | "command_substitution" | "process_substitution" | "arithmetic_expansion":
            return MOMENT if "MOMENT" in text else PLACEHOLDER
        case "string" | "concatenation":
            return joined(node, source).replace('\\"', '"')
        case _:
            return text.replace("\\", "")


def joined(node: Node, source: bytes) -> str:
    """Returns the text of a node whose parts may be expansions."""
    start, end = (node.start_byte + 1, node.end_byte - 1) if node.type == "string" else (node.start_byte, node.end_byte)
    parts, at = [], start
    for child in node.children:
        if child.type in ('"', "string_content"):
            continue
        parts += [source[at : child.start_byte].decode(), word(child, source)]
        at = child.end_byte
    return "".join([*parts, source[at:end].decode()])
