"""Runs Checkov's policies on the resources of every set of parameters. exceptions.json says which policies do not apply, and why."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..environments import FOLDER
from .tools import run

EXCEPTIONS = Path(__file__).parent / "exceptions.json"
TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
}


@dataclass(frozen=True)
class Finding:
    """A policy that a resource violates in one of the sets."""

    check: str
    type: str
    name: str
    set: str
    title: str


def checks(root: Path):
    return [("checkov: every finding has a reason", lambda: unexplained(found(predicted(root)), exceptions()))]


def predicted(root: Path) -> dict[str, list[dict[str, Any]]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))["resources"] for path in sorted((root / FOLDER).glob("*.json"))}


def exceptions() -> list[dict[str, Any]]:
    return json.loads(EXCEPTIONS.read_text(encoding="utf-8"))


def found(predictions: dict[str, list[dict[str, Any]]]) -> set[Finding]:
    """Returns Checkov's findings. Checkov reads the resources as templates in which every expression has its value."""
    if not predictions:
        raise ValueError("there is no prediction")
    with tempfile.TemporaryDirectory() as folder:
        for name, resources in predictions.items():
            template = {**TEMPLATE, "resources": resources}
            (Path(folder) / f"{name}.json").write_text(json.dumps(template), encoding="utf-8")
        done = run("checkov", "--directory", folder, "--framework", "arm", "--output", "json", "--quiet", "--skip-download", "--soft-fail")
    report = json.loads(done.stdout)
    return {finding(one) for one in report["results"]["failed_checks"]}


def finding(one: dict[str, Any]) -> Finding:
    # Checkov writes TYPE.NAME.
    kind, name = re.fullmatch(r"([\w.]+(?:/\w+)+)\.(.*)", one["resource"]).groups()
    return Finding(one["check_id"], kind, name, Path(one["file_path"]).stem, one["check_name"])


def explains(exception: dict[str, Any], finding: Finding) -> bool:
    """An exception applies to one policy and one type. It can be limited to names with a certain beginning, and to some sets."""
    same = (exception["check"], exception["type"]) == (finding.check, finding.type)
    return same and finding.name.startswith(exception.get("name", "")) and finding.set in exception.get("sets", [finding.set])


def unexplained(findings: set[Finding], allowed: list[dict[str, Any]]) -> list[str]:
    """Returns the findings without an exception, and the exceptions without a finding."""
    problems = {
        f"{one.check} ({one.title}): {one.type} {one.name} of {one.set}" for one in findings if not any(explains(exception, one) for exception in allowed)
    }
    problems |= {
        f"exceptions.json explains {one['check']} of {one['type']}, which is not found any more"
        for one in allowed
        if not any(explains(one, finding) for finding in findings)
    }
    problems |= {f"exceptions.json gives no reason for {one['check']}" for one in allowed if not one.get("reason", "").strip()}
    return sorted(problems)
