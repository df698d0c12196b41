"""Checks of the Power BI project in deploy/powerbi/."""

from __future__ import annotations

from pathlib import Path

from . import facts, files, mirror, notebook, queries, report, rules, tests
from .model import Model


def checks(root: Path):
    project = root / "deploy/powerbi"
    model = Model.read(project)
    page = (root / "docs/analytics.md").read_text(encoding="utf-8")
    infrastructure = (root / "deploy/azure/darkroom.bicep").read_text(encoding="utf-8")
    view = (project / "live_images.sql").read_text(encoding="utf-8")
    return [
        ("power bi: files fit their schemas and refer to each other", lambda: files.check(project)),
        ("power bi: the model's files are TMDL, and agree", lambda: rules.structure(model)),
        ("power bi: everything has a lineage tag of its own", lambda: rules.stable(model)),
        ("power bi: there is a date table, and days relate to it", lambda: rules.dates(model)),
        ("power bi: everybody sees their own uploads only", lambda: rules.security(model)),
        ("power bi: records are shown for as long as they live", lambda: rules.retention(infrastructure, view, model)),
        ("power bi: measures can be read, and read what exists", lambda: rules.measures(model)),
        ("power bi: every question of docs/analytics.md has its measures", lambda: rules.questions(page, model)),
        ("power bi: the queries read facts that a record has", lambda: facts.check(root, model)),
        ("power bi: the queries fill their tables from records, and from none", lambda: queries.check(root, model)[0]),
        ("power bi: pages and visuals show fields that exist", lambda: report.check(project, model)),
        ("power bi: the notebook stops the mirror, waits and starts it", lambda: notebook.check(project)),
        ("power bi: the script makes one mirror, with the right source", lambda: mirror.check(root)),
    ] + tests.checks(root)
