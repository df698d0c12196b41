"""Checks the files around the model: each is valid against its schema and refers to files that exist.

The schemas in ../schemas/powerbi are our own and narrower than Microsoft's
(https://github.com/microsoft/json-schemas/tree/main/fabric). They allow only what these files use, and the versions that
they name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas/powerbi"
OTHERS = {".tmdl", ".md", ".sql", ".py", ".sh"}


def check(project: Path) -> list[str]:
    known = schemas()
    problems = []
    for path in sorted(project.rglob("*")):
        if path.is_dir() or path.suffix in OTHERS or path.name == ".gitignore" or ".pbi" in path.parts:
            continue
        try:
            tree = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            problems.append(f"{path.name}: {error}")
            continue
        problems += [f"{path.relative_to(project)}: {problem}" for problem in fits(tree, known, path.suffix)]
    return problems or references(project)


def schemas() -> dict[str, Any]:
    trees = [json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.schema.json")]
    return {tree["properties"].get("$schema", {}).get("const", ".pbids"): tree for tree in trees}


def fits(tree: Any, known: dict[str, Any], suffix: str) -> list[str]:
    name = suffix if suffix == ".pbids" else tree.get("$schema")
    if name not in known:
        return [f"no schema here is {name}"]
    errors = Draft202012Validator(known[name]).iter_errors(tree)
    return [f"{'/'.join(map(str, error.absolute_path)) or 'the file'}: {error.message[:160]}" for error in errors]


def references(project: Path) -> list[str]:
    problems = [f"there is no {kind}" for kind in (".pbip", ".pbids") if not list(project.rglob(f"*{kind}"))]
    for pbip in project.glob("*.pbip"):
        for artifact in json.loads(pbip.read_text(encoding="utf-8"))["artifacts"]:
            folder = project / artifact["report"]["path"]
            if not (folder / "definition.pbir").is_file():
                problems.append(f"{pbip.name}: there is no report {folder.name}")
                continue
            reference = json.loads((folder / "definition.pbir").read_text(encoding="utf-8"))["datasetReference"]["byPath"]["path"]
            if not ((folder / reference).resolve() / "definition.pbism").is_file():
                problems.append(f"{folder.name}: there is no model {reference}")
    ids = [json.loads(path.read_text(encoding="utf-8"))["config"]["logicalId"] for path in project.glob("*/.platform")]
    return problems + (["two items have one logical id"] if len(set(ids)) != len(ids) else [])
