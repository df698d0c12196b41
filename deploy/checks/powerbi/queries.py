"""Evaluates the queries of the model with and without records, and compares the results with the declared tables.

The parser is Microsoft's. The interpreter is ../powerquery, which supports only the part of M that the model uses, as
Microsoft documents it. No engine of Microsoft's runs outside Windows and the Power BI service.
"""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

from .model import Model

TOOL = Path(__file__).resolve().parents[1] / "powerquery"
NOW = "2024-05-03T09:00:00Z"
# M's names for the types that the engine stores.
TYPES = {"text": "string", "Int64.Type": "int64", "number": "double", "date": "dateTime", "datetime": "dateTime"}
INVENTORY = "Name,Creation-Time,Last-Modified,Content-Length,Content-Type,AccessTier\n"


def evaluate(models: list[Model], scenarios: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not (TOOL / "node_modules").is_dir():
        raise FileNotFoundError("deploy/checks/powerquery has no packages: npm ci --prefix deploy/checks/powerquery --ignore-scripts")
    asked = [{"expressions": model.expressions | model.queries, "queries": list(model.tables), "scenarios": scenarios} for model in models]
    done = subprocess.run(["node", TOOL / "run.mjs"], input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr.strip())
    return json.loads(done.stdout)


def mirror(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the table that a mirror makes of records. Nested values are text, and a column exists once a record has a value for it."""
    columns = [name for name in dict.fromkeys(name for record in records for name in record) if any(record.get(name) is not None for record in records)]
    return {"columns": columns, "rows": [[flat(record.get(name)) for name in columns] for record in records]}


def flat(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def variants(example: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the example record, another whose id differs only in case, and records that are rejected, deleted and expired."""
    other, rejected, deleted, expired = (copy.deepcopy(example) for _ in range(4))
    other["id"] = example["id"].upper()
    other["source"]["name"] = example["source"]["name"].upper()
    rejected |= {"id": "rejected", "status": "rejected", "error": {"code": "not-an-image", "message": "No."}, "renditions": []}
    for name in ("image", "exif", "gps", "descriptive", "derived"):
        del rejected[name]
    deleted |= {"id": "deleted", "status": "deleted", "source": {"kind": "blob", "name": "deleted"}, "file": {"bytes": 0}, "renditions": []}
    expired |= {"id": "expired", "createdAt": "2024-04-26T08:59:59.000000000Z", "createdDay": "2024-04-26"}
    return [example, other, rejected, deleted, expired]


def scenarios(example: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the cases: before the first record (twice), with records, and with the mirror of another database."""
    line = '"uploads/a, b.jpg",2024-05-01T02:00:00.0000000Z,2024-05-01T02:00:00.0000000Z,12,image/jpeg,Hot\n'
    runs = ("2024/05/01/02-00-00/images/a.csv", "2024/05/02/02-00-00/images/a.csv", "2024/05/02/02-00-00/images/b.csv")
    return [
        {"now": NOW},
        {"now": NOW, "tables": {"images": mirror([])}, "blobs": [{"name": runs[0], "content": INVENTORY}]},
        {"now": NOW, "tables": {"images": mirror(variants(example))}, "blobs": [{"name": run, "content": INVENTORY + line} for run in runs]},
        {"now": NOW, "tables": {"others": mirror([])}},
    ]


def check(root: Path, *models: Model) -> list[list[str]]:
    """Returns the problems of each model. All models are evaluated in one process, because Node.js takes longer to start than to evaluate one."""
    example = json.loads((root / "docs/record.example.json").read_text(encoding="utf-8"))
    try:
        answers = evaluate(list(models), scenarios(example))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return [[str(error)] for _ in models]
    return [judge(model, answer, example) for model, answer in zip(models, answers)]


def judge(model: Model, answer: dict[str, Any], example: dict[str, Any]) -> list[str]:
    if answer["unreadable"]:
        return [f"{name}: {problem}" for name, problem in answer["unreadable"].items()]
    absent, empty, full, wrong = answer["results"]
    problems = [f"before the first record, {problem}" for problem in shape(model, absent) + shape(model, empty)]
    problems += shape(model, full)
    if not problems:
        problems = content(model, full, example)
    if "has no table images" not in wrong["Records"].get("error", ""):
        problems.append("a mirror of another database is taken for an empty one")
    return list(dict.fromkeys(problems))


def shape(model: Model, tables: dict[str, Any]) -> list[str]:
    """Every table must have the columns that the model declares, whether it has rows or not."""
    problems = []
    for name, table in tables.items():
        if "error" in table:
            problems.append(f"the table {name} fails: {table['error']}")
            continue
        declared = {column.properties.get("sourceColumn"): column.properties.get("dataType") for column in model.tables[name].all("column")}
        made = {column: TYPES.get(kind, kind) for column, kind in table["columns"].items()}
        problems += [f"the table {name} has no column {column}" for column in sorted(declared.keys() - made.keys())]
        problems += [f"{name}.{column} is declared nowhere" for column in sorted(made.keys() - declared.keys())]
        problems += [f"{name}.{column} is {made[column]}, and declared {declared[column]}" for column in sorted(made.keys() & declared.keys()) if made[column] != declared[column]]
    return problems


def content(model: Model, tables: dict[str, Any], example: dict[str, Any]) -> list[str]:
    rows = {name: table["rows"] for name, table in tables.items()}
    problems = [f"{name}.{column}: a value occurs twice for an engine without case" for name, column in unique(model) if doubled(rows[name], column)]
    for (many, from_column), (one, to_column) in model.relationships:
        known = {row[to_column] for row in rows[one]}
        if any(row[from_column] not in known for row in rows[many]):
            problems.append(f"{many}.{from_column} has values that {one}.{to_column} lacks")
    first = rows["Records"][0] if rows["Records"] else {}
    wanted = {
        "the records that live": (len(rows["Records"]), 3),
        "their renditions": (len(rows["Renditions"]), 2 * len(example["renditions"])),
        "their keywords": (len(rows["Keywords"]), 2 * len(example["descriptive"]["keywords"])),
        "the blobs of the newest inventory": (len(rows["Inventory"]), 2),
        "the time of a record": (first.get("createdAt"), example["createdAt"][:19]),
        "the bytes of an original": (first.get("bytes"), example["file"]["bytes"]),
        "the uploader of a record": (first.get("uploader"), example["source"]["uploader"]),
        "why an original was rejected": ([row["errorCode"] for row in rows["Records"] if row["status"] == "rejected"], ["not-an-image"]),
    }
    problems += [f"{name}: {made}, not {right}" for name, (made, right) in wanted.items() if made != right]
    # For an original of which everything is known, no column is empty except the reason of a rejection.
    return problems + [f"Records.{column} reads nothing from a record" for column, value in first.items() if value is None and column != "errorCode"]


def unique(model: Model) -> set[tuple[str, str]]:
    keys = {column for column, node in model.columns.items() if node.properties.get("isKey") == "true"}
    return keys | {one for _, one in model.relationships}


def doubled(rows: list[dict[str, Any]], column: str) -> bool:
    values = [str(row[column]).casefold() for row in rows]
    return len(set(values)) != len(values) or any(row[column] is None for row in rows)
