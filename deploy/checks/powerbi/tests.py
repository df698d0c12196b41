"""Shows that these checks can fail: the real model with one thing broken, and the expected message."""

from __future__ import annotations

import copy
import json
from functools import partial
from pathlib import Path

from . import dax, facts, files, mirror, notebook, queries, report, rules
from .model import DEFINITION, Model, texts

RECORDS, EXPRESSIONS, ROLE, MODEL = "tables/Records.tmdl", "expressions.tmdl", "roles/Uploader.tmdl", "model.tmdl"

# A check, the file, the replaced text, its replacement, and the expected message of the check.
BROKEN = [
    ("queries", RECORDS, "Table.FromRecords(Rows, Columns)", "Table.FromRecords(Rows)", "before the first record, the table Records has no column key"),
    ("queries", "tables/Inventory.tmdl", "Table.FromRecords(Rows, Columns)", "Table.FromRecords(Rows)", "before the first record, the table Inventory has no column accessTier"),
    ("queries", "tables/Keywords.tmdl", "keyword = nullable text]", "words = nullable text]", "the table Keywords fails"),
    ("queries", RECORDS, "bytes = Int64.Type", "bytes = nullable text", "Records.bytes is string, and declared int64"),
    ("queries", RECORDS, 'ToTime(Field(_, {"createdAt"}))', 'Field(_, {"createdAt"})', "The column 'createdAt' is datetime, and a value is text"),
    ("queries", RECORDS, '{"exif", "make"}', '{"exif", "maker"}', "Records.cameraMake reads nothing from a record"),
    ("queries", RECORDS, '"exif", "provenance", "processing"}', '"processing"}', "Records.cameraModel reads nothing from a record"),
    ("queries", EXPRESSIONS, "Binary.ToText(Text.ToBinary(id, TextEncoding.Utf8), BinaryEncoding.Hex)", "id", "Records.key: a value occurs twice"),
    ("queries", EXPRESSIONS, "each [createdAt] >= Oldest and ", "each ", "the records that live: 4, not 3"),
    ("queries", EXPRESSIONS, ' and [status] <> "deleted"', "", "the records that live: 4, not 3"),
    ("queries", EXPRESSIONS, "else if Table.IsEmpty(Tables) then", "else if true then", "a mirror of another database is taken for an empty one"),
    ("queries", EXPRESSIONS, "List.Accumulate(", "List.Acumulate(", "The name 'List.Acumulate' wasn't recognized"),
    ("queries", EXPRESSIONS, "path as list) =>", "path as list =>", "Field: "),
    ("queries", "tables/Dates.tmdl", "Last = Date.EndOfYear(Today)", "Last = First", "Records.createdDay has values that Dates.date lacks"),
    ("stable", RECORDS, "\t\tlineageTag: ", "\t\tdisplayFolder: ", "column key has no lineage tag"),
    ("stable", MODEL, '"Records",', "", "PBI_QueryOrder does not list every query"),
    ("dates", "tables/Dates.tmdl", "\tdataCategory: Time\n", "", "0 tables are marked as the date table"),
    ("dates", "tables/Dates.tmdl", "\t\tisKey\n", "", "the date table has no date for its key"),
    ("dates", "relationships.tmdl", "Records.createdDay", "Records.createdAt", "Records.createdDay has no relationship to the date table"),
    ("dates", MODEL, "__PBI_TimeIntelligenceEnabled = 0", "__PBI_TimeIntelligenceEnabled = 1", "Desktop makes date tables of its own"),
    ("security", ROLE, "\ttablePermission Records = ", "\tannotation Records = ", "no role shows to everybody their own records only"),
    ("security", ROLE, "\ttablePermission Inventory = FALSE()\n", "", "everybody's Inventory are seen"),
    ("security", ROLE, "USEROBJECTID()", '"ana"', "records are not filtered by who is asking"),
    ("security", ROLE, "Records[uploader] IN", "Records[uploaded] IN", "there is no column Records[uploaded]"),
    ("security", ROLE, "modelPermission: read\n", "modelPermission: none\n", "the role Uploader has no right to read"),
    ("security", "relationships.tmdl", "toColumn: Records.key", "toColumn: Dates.date", "everybody's Renditions are seen"),
    ("structure", RECORDS, "\t\tsummarizeBy: none", "\t\tsummariseBy: none", "a column has no property summariseBy"),
    ("structure", RECORDS, "\tcolumn status", "    column status", "it is indented with spaces"),
    ("structure", RECORDS, "\tcolumn status", "\t\tcolumn status", "a column holds no column"),
    ("structure", RECORDS, "\tcolumn status", "\tcolumn sta tus", "has to stand in quotes"),
    ("structure", RECORDS, "\tcolumn status", "\tcolumn Name", "name stands there twice"),
    ("structure", MODEL, "ref role Uploader\n", "", "model.tmdl does not list the role Uploader"),
    ("structure", "relationships.tmdl", "Records.createdDay", "Records.created", "no column Records.created"),
    ("structure", "relationships.tmdl", "Records.createdDay", "Records.name", "joins dateTime and string"),
    ("structure", EXPRESSIONS, "IsParameterQuery=true", "IsParameterQuery=false", "Account is no parameter"),
    ("structure", "tables/Dates.tmdl", "sortByColumn: weekdayNumber", "sortByColumn: number", "no column number to sort by"),
    ("measures", "tables/Questions.tmdl", "DISTINCTCOUNT(Keywords[recordKey])", "DISTINCTCOUNT(Keywords[recordId])", "there is no column Keywords[recordId]"),
    ("measures", "tables/Questions.tmdl", "COUNTROWS(Records)\n", "COUNTROWS(Records))\n", "Uploads: ) follows the expression"),
    ("measures", "tables/Questions.tmdl", "COUNTROWS(Records)\n", "COUNTROW(Record)\n", "Uploads: the function COUNTROW is not known"),
    ("measures", "tables/Questions.tmdl", "DIVIDE([Rejected], [Uploads])", "DIVIDE([Refused])", "there is no measure [Refused]"),
    ("facts", RECORDS, '{"image", "format"}', '{"image", "kind"}', "a record has no image.kind"),
    ("facts", "tables/Keywords.tmdl", 'Documents({"descriptive"})', 'Documents({"iptc"})', "a record has no iptc"),
]


def checks(root: Path):
    project = root / "deploy/powerbi"
    return [
        (f"test: a model with one thing broken, {len(BROKEN)} times", partial(broken_models, root)),
        ("test: a lineage tag that is given twice", partial(doubled_tag, project)),
        ("test: a visual and files that do not fit", partial(broken_files, project)),
        ("test: a notebook that does not wait, or does not stop", partial(broken_notebook, project)),
        ("test: a script that makes the wrong mirror", partial(broken_script, project)),
        ("test: a retention that differs", partial(other_retention, project)),
        ("test: DAX that cannot be read", partial(broken_dax, project)),
    ]


def broken_models(root: Path) -> list[str]:
    original = texts(root / "deploy/powerbi")
    problems = [f"{file} has no: {old}" for _, file, old, _, _ in BROKEN if old not in original[file]]
    models = [Model.of(original | {file: original[file].replace(old, new, 1)}) for _, file, old, new, _ in BROKEN]
    evaluated = iter(queries.check(root, *(model for model, (check, *_) in zip(models, BROKEN) if check == "queries")))
    for model, (check, *_, wanted) in zip(models, BROKEN):
        said = next(evaluated) if check == "queries" else facts.check(root, model) if check == "facts" else getattr(rules, check)(model)
        if not any(wanted in one for one in said):
            problems.append(f"nothing says: {wanted}; said was: {said}")
    return problems


def doubled_tag(project: Path) -> list[str]:
    original = texts(project)
    model = Model.of(original)
    first, second = (column.properties["lineageTag"] for column in model.tables["Records"].all("column")[:2])
    said = rules.stable(Model.of(original | {RECORDS: original[RECORDS].replace(second, first)}))
    return [] if said == [f"the lineage tag {first} is given 2 times"] else [f"said was: {said}"]


def broken_files(project: Path) -> list[str]:
    model = Model.read(project)
    path = next((project / "Darkroom.Report").rglob("cameras/visual.json"))
    visual = json.loads(path.read_text(encoding="utf-8"))
    other = copy.deepcopy(visual)
    other["visual"]["query"]["queryState"]["Y"]["projections"][0]["field"]["Measure"]["Property"] = "Nothing"
    said = report.visual(other, "lenses", model)
    known = files.schemas()
    del visual["position"]["width"]
    visual["visual"]["visualTyp"] = visual["visual"].pop("visualType")
    said += files.fits(visual, known, ".json") + files.fits({"$schema": "https://example.com"}, known, ".json")
    wanted = ["the visual is named cameras", "there is no measure Questions.Nothing", "'width' is a required property", "'visualTyp' was unexpected", "no schema here is https://example.com"]
    return [f"nothing says: {one}; said was: {said}" for one in wanted if not any(one in problem for problem in said)]


def broken_dax(project: Path) -> list[str]:
    model = Model.read(project)
    wanted = {
        "SUM(Records[bytes]": ", is missing at the end",
        "[Uploads] +": "an expression is missing at the end",
        "1 2": "2 follows the expression",
        "Records[bytes] ~ 1": "it cannot be read from",
        "SUM(Records[bytes], 1)": "SUM takes no 2 arguments",
        "COUNTROWS(Uploads)": "there is no table Uploads",
    }
    said = {text: dax.check(text, model) for text in wanted}
    passes = dax.check("NOT ISBLANK('Records'[name]) && -1 <= [Uploads] || \"a\"\"b\" IN {\"a\", Records[status]}", model)
    return [f"{text}: said was {said[text]}" for text, one in wanted.items() if not any(one in problem for problem in said[text])] + passes


def broken_notebook(project: Path) -> list[str]:
    text = (project / notebook.NOTEBOOK).read_text(encoding="utf-8")
    impatient = text.replace('    wait_for(item, "Stopped")\n', "")
    lazy = impatient.replace('    call("POST", f"/{item}/stopMirroring")\n', "    pass\n")
    wanted = {impatient: "started while Stopping", lazy: "started while Running"}
    said = {broken: notebook.runs(compile(broken, notebook.NOTEBOOK, "exec")) for broken in wanted}
    return [f"nothing says: {one}; said was: {said[broken]}" for broken, one in wanted.items() if not any(one in problem for problem in said[broken])]


def other_retention(project: Path) -> list[str]:
    said = rules.retention("var retentionDays = settings.?retentionDays ?? 30\n", "DATEADD(day, -30, now) DATEADD(day, -7, now)", Model.read(project))
    return [] if len(said) == 2 else [f"said was: {said}"]


def broken_script(project: Path) -> list[str]:
    text = (project / "mirror.sh").read_text(encoding="utf-8")
    wanted = {
        text.replace("connectivityType=='VirtualNetworkGateway' &&", "connectivityType!='' &&"): "'connection': 'cloud'",
        text.replace("'//$account", "'$account"): "'connection': 'longer'",
        text.replace('if [ -z "$mirror" ]; then', "if true; then"): "it makes 2 mirrors",
        text.replace(', "retentionInDays": 1', ""): "the days that old files stay is None",
    }
    said = {broken: mirror.runs(broken) for broken in wanted}
    return [f"nothing says: {one}; said was: {said[broken]}" for broken, one in wanted.items() if not any(one in problem for problem in said[broken])]
