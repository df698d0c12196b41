"""What a deployment would make, as the Bicep compiler evaluates it: `bicep snapshot` over sets of parameters.

The sets are the profiles beside main.bicep and the files of infra/checks/snapshots, which take the parameters to their
extremes. Each prediction is held to Azure's rules (predicted.py) and to the one that is committed, so that a change of
a template shows in full what it does; `./dev check deploy --update` writes them anew. The sets of refused.json differ
from another set in some parameters, and must not get as far as Azure.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import predicted
from .tools import ENVIRONMENT, run

FOLDER = Path("infra/checks/snapshots")
TENANT = "00000000-0000-0000-0000-00000000000a"
GROUP = "rg-darkroom"
USING = re.compile(r"(?m)^using\s+'([^']+)'")


@dataclass(frozen=True)
class Outcome:
    """A prediction, or why there is none."""

    snapshot: dict[str, Any] | None
    said: str


def checks(root: Path, update: bool = False):
    if update:
        write(root)
    return [
        ("snapshots: every set of parameters evaluates", lambda: failures(root)),
        ("snapshots: what is predicted keeps Azure's rules", lambda: broken_rules(root)),
        ("snapshots: what is predicted is what is committed", lambda: differences(root)),
        ("snapshots: what must not be deployed is refused", lambda: accepted(root)),
    ]


def sets(root: Path) -> dict[str, Path]:
    found = [*root.glob("infra/*.bicepparam"), *(root / FOLDER).glob("*.bicepparam")]
    return {path.stem: path for path in sorted(found)}


@cache
def outcomes(root: Path) -> dict[str, Outcome]:
    """The predictions of all sets; the compiler takes seconds for each."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = {name: pool.submit(evaluate, path.read_text(encoding="utf-8"), path.parent) for name, path in sets(root).items()}
        return {name: job.result() for name, job in jobs.items()}


def failures(root: Path) -> list[str]:
    if not sets(root):
        return ["there is no set of parameters"]
    return [f"{name}: {outcome.said}" for name, outcome in outcomes(root).items() if outcome.snapshot is None]


def broken_rules(root: Path) -> list[str]:
    return [f"{name}: {problem}" for name, snapshot in snapshots(root).items() for problem in predicted.problems(snapshot)]


def differences(root: Path) -> list[str]:
    problems = []
    for name, snapshot in snapshots(root).items():
        path = root / FOLDER / f"{name}.json"
        committed = path.read_text(encoding="utf-8") if path.is_file() else ""
        problems += [f"{name}: {line}" for line in difference(committed, normal(snapshot))]
    stale = {path.stem for path in (root / FOLDER).glob("*.json")} - set(sets(root)) - {"refused"}
    return problems + [f"{name}.json belongs to no set" for name in sorted(stale)]


def difference(committed: str, now: str) -> list[str]:
    lines = [line for line in difflib.unified_diff(committed.splitlines(), now.splitlines(), n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))]
    if not lines:
        return []
    shown = [line[:160] for line in lines[:12]]
    return [*shown, f"{len(lines)} lines differ: `./dev check deploy --update` writes it anew"]


def accepted(root: Path) -> list[str]:
    """Sets of refused.json that evaluate, or whose refusal does not say what is wrong."""
    cases = json.loads((root / FOLDER / "refused.json").read_text(encoding="utf-8"))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = list(pool.map(lambda case: refused(root, case), cases))
    problems = []
    for case, outcome in zip(cases, results, strict=True):
        where = f"{case['set']} with {json.dumps(case['parameters'])}"
        if outcome.snapshot is not None:
            problems.append(f"{where} is not refused")
        elif case["says"] not in outcome.said:
            problems.append(f"{where} is refused without `{case['says']}`: {outcome.said}")
    return problems


def refused(root: Path, case: dict[str, Any]) -> Outcome:
    path = sets(root)[case["set"]]
    return evaluate(changed(path.read_text(encoding="utf-8"), case["parameters"]), path.parent)


def changed(text: str, parameters: dict[str, Any]) -> str:
    """A parameter file with other values."""
    for name, value in parameters.items():
        text = re.sub(rf"(?m)^param {name} = .*\n", "", text) + f"param {name} = {literal(value)}\n"
    return text


def literal(value: Any) -> str:
    """A value as Bicep writes it, on one line."""
    match value:
        case str():
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case _:
            return str(value)


def snapshots(root: Path) -> dict[str, dict[str, Any]]:
    return {name: outcome.snapshot for name, outcome in outcomes(root).items() if outcome.snapshot is not None}


def evaluate(text: str, folder: Path) -> Outcome:
    """Evaluates a parameter file that would stand in the folder. The compiler writes beside it, so it gets a copy."""
    template = (folder / (USING.search(text) or [None, "none"])[1]).resolve()
    with tempfile.TemporaryDirectory() as there:
        path = Path(there).resolve() / "set.bicepparam"
        path.write_text(USING.sub(f"using '{os.path.relpath(template, path.parent)}'", text), encoding="utf-8")
        done = run("bicep", "snapshot", str(path), "--mode", "overwrite", *scope(template))
        result = path.with_name("set.snapshot.json")
        said = " ".join((done.stdout + done.stderr).replace(f"{path}", "").split())
        if done.returncode or not result.is_file():
            return Outcome(None, said[:400] or f"the compiler ends with status {done.returncode} and says nothing")
        return Outcome(json.loads(result.read_text(encoding="utf-8")), said)


def scope(template: Path) -> list[str]:
    """Without every one of these the compiler leaves names open."""
    options = ["--tenant-id", TENANT, "--subscription-id", ENVIRONMENT["AZURE_SUBSCRIPTION_ID"]]
    options += ["--location", ENVIRONMENT["AZURE_LOCATION"], "--deployment-name", "darkroom"]
    whole = template.is_file() and "targetScope = 'subscription'" in template.read_text(encoding="utf-8")
    return options if whole else [*options, "--resource-group", GROUP]


def write(root: Path) -> None:
    for name, snapshot in snapshots(root).items():
        (root / FOLDER / f"{name}.json").write_text(normal(snapshot), encoding="utf-8")


def normal(snapshot: dict[str, Any]) -> str:
    """The compiler's own order differs from run to run."""
    resources = sorted(snapshot["predictedResources"], key=lambda one: (one.get("id", ""), json.dumps(one, sort_keys=True)))
    return json.dumps({**snapshot, "predictedResources": resources}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
