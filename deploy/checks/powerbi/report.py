"""Checks that the report shows only fields that the model has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .model import Model


def check(project: Path, model: Model) -> list[str]:
    problems = []
    pages = project / "Darkroom.Report/definition/pages"
    order = load(pages / "pages.json")
    present = {path.parent.name for path in pages.glob("*/page.json")}
    if set(order["pageOrder"]) != present or order["activePageName"] not in present:
        problems.append("pages.json does not list the pages that there are")
    for path in pages.glob("*/page.json"):
        if load(path)["name"] != path.parent.name:
            problems.append(f"{path.parent.name}: the page is named otherwise")
    names: set[str] = set()
    for path in sorted(pages.glob("*/visuals/*/visual.json")):
        tree = load(path)
        problems += visual(tree, path.parent.name, model)
        if tree["name"] in names:
            problems.append(f"{tree['name']}: two visuals have this name")
        names.add(tree["name"])
    return problems or ([] if names else ["the report shows nothing"])


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def visual(tree: dict[str, Any], folder: str, model: Model) -> list[str]:
    problems = [] if tree["name"] == folder else [f"{folder}: the visual is named {tree['name']}"]
    for role in tree["visual"]["query"]["queryState"].values():
        for projection in role["projections"]:
            (kind, one), = projection["field"].items()
            table, name = one["Expression"]["SourceRef"]["Entity"], one["Property"]
            known = (table, name) in model.columns if kind == "Column" else any(measure.name == name for measure in measures_of(model, table))
            if not known:
                problems.append(f"{folder}: there is no {kind.lower()} {table}.{name}")
            if projection["queryRef"] != f"{table}.{name}":
                problems.append(f"{folder}: the reference of {table}.{name} is {projection['queryRef']}")
    return problems


def measures_of(model: Model, table: str) -> list[Any]:
    return model.tables[table].all("measure") if table in model.tables else []
