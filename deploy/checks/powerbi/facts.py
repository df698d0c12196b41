"""Checks that the queries read only what a record can have according to its schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .model import Model


def check(root: Path, model: Model) -> list[str]:
    schema = json.loads((root / "docs/record.schema.json").read_text(encoding="utf-8"))
    problems = []
    for text in model.queries.values():
        for names in re.findall(r"Field\((?:_|document), \{([^}]*)\}\)", text):
            path = re.findall(r'"([^"]+)"', names)
            # Paths within the list of renditions start at a rendition.
            tops = (schema, schema["$defs"]["RenditionRecord"])
            if not any(has(schema, top, path) for top in tops):
                problems.append(f"a record has no {'.'.join(path)}; UPDATE_SCHEMA=1 cargo test -p contract brings docs/record.schema.json up to date")
        for names in re.findall(r"Documents\(\{([^}]*)\}\)", text):
            problems += [f"a record has no {name}" for name in re.findall(r'"([^"]+)"', names) if name not in schema["properties"]]
    return problems


def has(schema: dict[str, Any], node: dict[str, Any], path: list[str]) -> bool:
    for name in path:
        node = resolved(schema, node).get("properties", {}).get(name)
        if node is None:
            return False
    return True


def resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    for option in node.get("anyOf", []):
        if "$ref" in option:
            node = option
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node
