"""Rules that the model must follow so that it refreshes, filters by time, shows to everybody only their own uploads, and does not change when it is saved."""

from __future__ import annotations

import json
import re
from collections import Counter

from . import dax
from .model import Model

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PARAMETERS = ("Account", "Database", "Container", "RetentionDays", "StorageAccount")


def structure(model: Model) -> list[str]:
    problems = list(model.problems)
    for file, root in model.roots.items():
        names = [node.name for node in root.children if node.kind in ("table", "role", "cultureInfo")]
        if names and names != [file.rsplit("/", 1)[-1].removesuffix(".tmdl")]:
            problems.append(f"{file}: it holds {', '.join(names)}")
    for kind in ("table", "role", "cultureInfo"):
        made = [node.name for node in model.all(kind)]
        listed = [node.name.split(" ", 1)[1] for node in model.all("ref") if node.name.startswith(f"{kind} ")]
        problems += [f"model.tmdl does not list the {kind} {name}" for name in made if name not in listed]
        problems += [f"model.tmdl lists a {kind} {name} that is not there" for name in listed if name not in made]
    for name, table in model.tables.items():
        names = [child.name.lower() for child in table.children if child.kind in ("column", "measure")]
        problems += [f"{table.where}: {one} stands there twice" for one, count in Counter(names).items() if count > 1]
        if [partition.value for partition in table.all("partition")] != ["m"] or not model.queries.get(name):
            problems.append(f"{table.where}: the table {name} has no source")
        for column in table.all("column"):
            by = column.properties.get("sortByColumn")
            if by is not None and (name, by) not in model.columns:
                problems.append(f"{column.where}: there is no column {by} to sort by")
    for ends in model.relationships:
        kinds = {model.columns[one].properties.get("dataType") if one in model.columns else f"no column {'.'.join(one)}" for one in ends}
        if len(kinds) > 1 or None in kinds:
            problems.append(f"relationships.tmdl: {'.'.join(ends[0])} to {'.'.join(ends[1])} joins {' and '.join(map(str, sorted(kinds, key=str)))}")
    for name in PARAMETERS:
        if "IsParameterQuery=true" not in model.expressions.get(name, ""):
            problems.append(f"expressions.tmdl: {name} is no parameter")
    return problems


def stable(model: Model) -> list[str]:
    """At the first save, Power BI Desktop adds a tag to everything that has no lineage tag, and writes the list of queries again."""
    problems = []
    seen: Counter[str] = Counter()
    for root in model.roots.values():
        for node in root.walk():
            if node.kind not in ("table", "column", "measure", "expression"):
                continue
            tag = node.properties.get("lineageTag", "")
            if not GUID.fullmatch(tag):
                problems.append(f"{node.where}: {node.kind} {node.name} has no lineage tag")
            seen[tag] += 1
    problems += [f"the lineage tag {tag} is given {count} times" for tag, count in seen.items() if tag and count > 1]
    order = [node.value for node in model.all("annotation") if node.name == "PBI_QueryOrder"]
    if not order or sorted(json.loads(order[0])) != sorted([*model.expressions, *model.tables]):
        problems.append("model.tmdl: PBI_QueryOrder does not list every query")
    return problems


def dates(model: Model) -> list[str]:
    marked = [table for table in model.tables.values() if table.properties.get("dataCategory") == "Time"]
    if len(marked) != 1:
        return [f"{len(marked)} tables are marked as the date table"]
    keys = [column for column in marked[0].all("column") if column.properties.get("isKey") == "true" and column.properties.get("dataType") == "dateTime"]
    if len(keys) != 1:
        return [f"{marked[0].where}: the date table has no date for its key"]
    key = (marked[0].name, keys[0].name)
    joined = {many for many, one in model.relationships if one == key}
    days = [column for column, node in model.columns.items() if column != key and node.properties.get("formatString") == "yyyy-mm-dd"]
    problems = [f"{'.'.join(column)} has no relationship to the date table" for column in days if column not in joined]
    if not any(many[0] == "Records" for many in joined):
        problems.append("the date table filters no records")
    if not any(node.name == "__PBI_TimeIntelligenceEnabled" and node.value == "0" for node in model.all("annotation")):
        problems.append("model.tmdl: Desktop makes date tables of its own")
    return problems


def security(model: Model) -> list[str]:
    """Readers in a role with a filter see only their own uploads. Readers in a role without a filter see everything, and readers without a role nothing."""
    filters = {role.name: {permission.name: permission.value for permission in role.all("tablePermission")} for role in model.all("role")}
    own = [name for name, tables in filters.items() if "Records" in tables]
    problems = [] if own else ["no role shows to everybody their own records only"]
    if own == list(filters):
        problems.append("no role shows everything")
    problems += [f"the role {role.name} has no right to read" for role in model.all("role") if role.properties.get("modelPermission") != "read"]
    for name in own:
        used = dax.Used()
        problems += [f"role {name}: {problem}" for table in filters[name] for problem in dax.check(filters[name][table], model, used)]
        if ("Records", "uploader") not in used.columns or "USEROBJECTID" not in used.functions:
            problems.append(f"role {name}: records are not filtered by who is asking")
        hidden = set(filters[name])
        reached = hidden | {many[0] for many, one in model.relationships if one[0] in hidden}
        problems += [f"role {name}: everybody's {table} are seen" for table in model.tables if table not in reached and reads_data(model, table)]
    return problems


def reads_data(model: Model, table: str) -> bool:
    return re.search(r"\b(Documents|Items|AzureStorage\.\w+|Sql\.\w+)\b", model.queries.get(table, "")) is not None


def retention(infrastructure: str, view: str, model: Model) -> list[str]:
    """The mirror keeps records that have expired in Cosmos DB. So the model and the view must leave them out after the retention of the deployment."""
    days = re.search(r"(?m)^var retentionDays = settings\.\?retentionDays \?\? (\d+)$", infrastructure)
    if days is None:
        return ["darkroom.bicep does not define retentionDays"]
    problems = [] if model.expressions.get("RetentionDays", "").startswith(f"{days[1]} ") else [f"the model keeps records for other than {days[1]} days"]
    said = re.findall(r"DATEADD\(day, -(\d+),", view)
    return problems + ([] if said and set(said) == {days[1]} else [f"live_images.sql keeps records for other than {days[1]} days"])


def measures(model: Model) -> list[str]:
    return [f"{name}: {problem}" for name, measure in model.measures.items() for problem in dax.check(measure.value, model)]


def questions(page: str, model: Model) -> list[str]:
    asked = re.findall(r"(?m)^## (.+)$", page)
    folders = {re.sub(r"^\d+ ", "", measure.properties.get("displayFolder", "")) for measure in model.measures.values()}
    return [f"no measure answers: {question}" for question in asked if question not in folders] + [
        f"docs/analytics.md does not ask: {folder}" for folder in sorted(folders - set(asked))
    ]
