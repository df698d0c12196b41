"""The Power BI project: files refer to files that exist, the report to fields that exist, the model to facts of a record."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/"


@dataclass
class Model:
    columns: dict[str, set[str]] = field(default_factory=dict)
    measures: dict[str, set[str]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    expressions: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    text: str = ""


def checks(root: Path):
    project = root / "powerbi"
    model = read(project)
    return [
        ("power bi: the project's files refer to each other", lambda: files(project)),
        ("power bi: tables, columns and relationships of the model", lambda: model.problems + refs(project, model)),
        ("power bi: measures read columns and measures that exist", lambda: measures(model)),
        ("power bi: every question of docs/analytics.md has its measures", lambda: questions(root, model)),
        ("power bi: the model reads facts that a record has", lambda: facts(root, model)),
        ("power bi: pages and visuals show fields that exist", lambda: report(project, model)),
    ]


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def files(project: Path) -> list[str]:
    problems = []
    for path in sorted(project.rglob("*")):
        if path.is_dir() or path.suffix in (".tmdl", ".md") or path.name == ".gitignore":
            continue
        try:
            tree = load(path)
        except ValueError as error:
            problems.append(f"{path.name}: {error}")
            continue
        if path.suffix != ".pbids" and not str(tree.get("$schema", "")).startswith(SCHEMAS):
            problems.append(f"{path.relative_to(project)}: it names no schema of Fabric's")
    for pbip in project.glob("*.pbip"):
        for artifact in load(pbip)["artifacts"]:
            folder = project / artifact["report"]["path"]
            if not (folder / "definition.pbir").is_file():
                problems.append(f"{pbip.name}: there is no report {folder.name}")
                continue
            reference = load(folder / "definition.pbir")["datasetReference"]["byPath"]["path"]
            if not ((folder / reference).resolve() / "definition.pbism").is_file():
                problems.append(f"{folder.name}: there is no model {reference}")
    pbids = list(project.glob("*.pbids"))
    if not pbids:
        problems.append("there is no .pbids")
    for path in pbids:
        connection = load(path)["connections"][0]
        if connection["details"]["protocol"] != "tds" or set(connection["details"]["address"]) != {"server", "database"}:
            problems.append(f"{path.name}: it is no connection to a server and a database")
    return problems or ([] if list(project.glob("*.pbip")) else ["there is no .pbip"])


def read(project: Path) -> Model:
    model = Model()
    definition = project / "Darkroom.SemanticModel/definition"
    for path in sorted(definition.rglob("*.tmdl")):
        parse(path.name, path.read_text(encoding="utf-8"), model)
    return model


def parse(name: str, text: str, model: Model) -> None:
    """As much of TMDL as this model uses: objects by their first words, nesting by tabs."""
    model.text += text
    table = None
    measure = None
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\t* +\t", line) or re.match(r" ", line):
            model.problems.append(f"{name}:{number}: it is indented with spaces")
        if found := re.match(r"table (\S+)$", line):
            table = found[1]
            model.columns[table], model.measures[table] = set(), set()
        elif found := re.match(r"expression (\S+) =", line):
            model.expressions.add(found[1])
        elif found := re.match(r"\tcolumn (\S+)$", line):
            if table is None or found[1] in model.columns[table]:
                model.problems.append(f"{name}:{number}: the column {found[1]} is out of place")
            else:
                model.columns[table].add(found[1])
        elif found := re.match(r"\tmeasure '([^']+)' = (.+)$", line):
            measure = found[1]
            if table is None or any(measure in known for known in model.measures.values()):
                model.problems.append(f"{name}:{number}: the measure {measure} is out of place")
            else:
                model.measures[table].add(measure)
        elif found := re.match(r"\t\tdisplayFolder: \d+ (.+)$", line):
            if measure:
                model.folders[measure] = found[1]
    if table is not None:
        if table + ".tmdl" != name:
            model.problems.append(f"{name}: it holds the table {table}")
        if f"\tpartition {table} = m\n\t\tmode: import\n\t\tsource =\n" not in text:
            model.problems.append(f"{name}: the table {table} has no source")


def refs(project: Path, model: Model) -> list[str]:
    problems = []
    for name in re.findall(r"(?m)^ref table (\S+)$", model.text):
        if name not in model.columns:
            problems.append(f"model.tmdl: there is no table {name}")
    for name in model.columns:
        if f"ref table {name}\n" not in model.text:
            problems.append(f"model.tmdl: it does not name the table {name}")
    for name in re.findall(r"(?m)^ref expression (\S+)$", model.text):
        if name not in model.expressions:
            problems.append(f"model.tmdl: there is no expression {name}")
    for table, column in re.findall(r"(?m)^\t(?:from|to)Column: (\w+)\.(\w+)$", model.text):
        if column not in model.columns.get(table, set()):
            problems.append(f"relationships.tmdl: there is no column {table}.{column}")
    for name in ("Account", "Database", "Container", "StorageAccount"):
        if not re.search(rf"(?m)^expression {name} = .*IsParameterQuery=true", model.text):
            problems.append(f"expressions.tmdl: {name} is no parameter")
    return problems


def measures(model: Model) -> list[str]:
    problems = []
    known = {measure for measures in model.measures.values() for measure in measures}
    for name, expression in re.findall(r"(?m)^\tmeasure '([^']+)' = (.+)$", model.text):
        for table, column in re.findall(r"(\w+)\[(\w+)\]", expression):
            if column not in model.columns.get(table, set()):
                problems.append(f"{name}: there is no column {table}[{column}]")
        for other in re.findall(r"(?<![\w\]])\[([^\]]+)\]", expression):
            if other not in known:
                problems.append(f"{name}: there is no measure [{other}]")
        if expression.count("(") != expression.count(")"):
            problems.append(f"{name}: its brackets do not match")
    return problems


def questions(root: Path, model: Model) -> list[str]:
    page = (root / "docs/analytics.md").read_text(encoding="utf-8")
    asked = re.findall(r"(?m)^## (.+)$", page)
    folders = set(model.folders.values())
    return [f"no measure answers: {question}" for question in asked if question not in folders] + [
        f"docs/analytics.md does not ask: {folder}" for folder in sorted(folders - set(asked))
    ]


def facts(root: Path, model: Model) -> list[str]:
    schema = load(root / "docs/record.schema.json")
    problems = []
    for names in re.findall(r"Field\((?:_|document), \{([^}]*)\}\)", model.text):
        path = re.findall(r'"([^"]+)"', names)
        top = schema
        # Within the list of renditions, paths start at one of them.
        if len(path) == 1 and path[0] not in schema["properties"]:
            top = schema["$defs"]["RenditionRecord"]
        if not has(schema, top, path):
            problems.append(f"a record has no {'.'.join(path)}")
    return problems


def has(schema: dict[str, Any], node: dict[str, Any], path: list[str]) -> bool:
    for name in path:
        node = resolved(schema, node)
        node = node.get("properties", {}).get(name)
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


def report(project: Path, model: Model) -> list[str]:
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
    if not names:
        problems.append("the report shows nothing")
    return problems


def visual(tree: dict[str, Any], folder: str, model: Model) -> list[str]:
    problems = []
    if tree["name"] != folder:
        problems.append(f"{folder}: the visual is named {tree['name']}")
    for role in tree["visual"]["query"]["queryState"].values():
        for projection in role["projections"]:
            (kind, one), = projection["field"].items()
            table, name = one["Expression"]["SourceRef"]["Entity"], one["Property"]
            known = model.columns if kind == "Column" else model.measures
            if name not in known.get(table, set()):
                problems.append(f"{folder}: there is no {kind.lower()} {table}.{name}")
            if projection["queryRef"] != f"{table}.{name}":
                problems.append(f"{folder}: the reference of {table}.{name} is {projection['queryRef']}")
    return problems
