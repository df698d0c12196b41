"""Evaluates the resources of a deployment with the Bicep compiler: `bicep snapshot` for each set of parameters.

The sets are the environments dev and prod, and the files in deploy/checks/environments, which take the parameters to
their extremes. The resources must be those that are committed there, which the other checks read. `./dev check deploy
--update` writes them again. Each change of a set in refused.json must be refused before anything reaches Azure.
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

from ..environments import DIGEST, FOLDER, TEMPLATES, digest
from .tools import run

CLIENT = "00000000-0000-0000-0000-00000000000c"
PROD = {"AZURE_ENV_NAME": "prod", "DARKROOM_ENTRA_CLIENT_ID": CLIENT, "DARKROOM_BUDGET_START": "2026-12-01"}
# The environments that users can choose, with the variables that their parameters read.
OFFERED = {
    "dev": ("dev.bicepparam", {"AZURE_ENV_NAME": "dev", "DARKROOM_ENTRA_CLIENT_ID": CLIENT}),
    "prod": ("prod.bicepparam", PROD | {"DARKROOM_APPLICATIONS": "true"}),
    "prod-foundation": ("prod.bicepparam", PROD | {"DARKROOM_APPLICATIONS": "false"}),
}
REFUSED = Path("deploy/checks/refused.json")
# The parameter set that is changed. It has everything.
CHANGED = "kafka-trigger"
USING = re.compile(r"(?m)^using\s+'([^']+)'")
# If any of these is missing, the compiler leaves names unresolved.
SCOPE = ["--tenant-id", "00000000-0000-0000-0000-000000000001", "--subscription-id", "00000000-0000-0000-0000-000000000002", "--location", "westeurope"]


@dataclass(frozen=True)
class Outcome:
    """The resources that would be created, or the reason why none are."""

    tree: dict[str, Any] | None
    said: str


def checks(root: Path, update: bool = False):
    written = [("predictions: written again", lambda: write(root))] if update else []
    return [
        *written,
        ("predictions: every set of parameters evaluates", lambda: failures(root)),
        ("predictions: the evaluated resources are those that are committed", lambda: differences(root)),
        ("predictions: names do not depend on how an environment and a region are written", lambda: spelling(root)),
        ("predictions: settings that cannot work are refused with an explanation", lambda: accepted(root)),
    ]


def sets(root: Path) -> dict[str, tuple[Path, dict[str, str]]]:
    offered = {name: (root / TEMPLATES / file, variables) for name, (file, variables) in OFFERED.items() if (root / TEMPLATES / file).is_file()}
    return offered | {path.stem: (path, {}) for path in sorted((root / FOLDER).glob("*.bicepparam"))}


@cache
def outcomes(root: Path) -> dict[str, Outcome]:
    """Evaluates all sets, in parallel, because the compiler needs seconds for each."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = {name: pool.submit(evaluate, path.read_text(encoding="utf-8"), path.parent, variables) for name, (path, variables) in sets(root).items()}
        return {name: job.result() for name, job in jobs.items()}


def failures(root: Path) -> list[str]:
    if not sets(root):
        return ["there is no set of parameters"]
    return [f"{name}: {outcome.said}" for name, outcome in outcomes(root).items() if outcome.tree is None]


def differences(root: Path) -> list[str]:
    problems = []
    for name, tree in trees(root).items():
        path = root / FOLDER / f"{name}.json"
        committed = path.read_text(encoding="utf-8") if path.is_file() else ""
        problems += [f"{name}: {line}" for line in difference(committed, text_of(tree))]
    stale = {path.stem for path in (root / FOLDER).glob("*.json")} - set(sets(root))
    return problems + [f"{name}.json belongs to no set" for name in sorted(stale)]


# The same environment and region in another spelling. Azure does not distinguish the two.
SPELLED = {"AZURE_ENV_NAME": "DEV", "AZURE_LOCATION": "West Europe"}


def spelling(root: Path) -> list[str]:
    file, variables = OFFERED["dev"]
    path = root / TEMPLATES / file
    outcome = evaluate(path.read_text(encoding="utf-8"), path.parent, variables | SPELLED)
    if outcome.tree is None:
        return [outcome.said]
    usual, other = ({one["id"].lower() for one in tree["resources"] if not one["id"].startswith("[")} for tree in (trees(root)["dev"], outcome.tree))
    return [f"{name} would be created as a second {name.rsplit('/', 2)[-2]}" for name in sorted(other - usual)]


def difference(committed: str, now: str) -> list[str]:
    lines = [line for line in difflib.unified_diff(committed.splitlines(), now.splitlines(), n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))]
    if not lines:
        return []
    shown = [line[:160] for line in lines[:12]]
    return [*shown, f"{len(lines)} lines differ: `./dev check deploy --update` writes it again"]


def accepted(root: Path) -> list[str]:
    """Returns the changes that are not refused, and those whose refusal does not say what is wrong."""
    cases = json.loads((root / REFUSED).read_text(encoding="utf-8"))
    path = root / FOLDER / f"{CHANGED}.bicepparam"
    texts = [changed(path.read_text(encoding="utf-8"), case["changes"]) for case in cases]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = list(pool.map(lambda text: evaluate(text, path.parent), texts))
    problems = []
    for case, outcome in zip(cases, results, strict=True):
        if outcome.tree is not None:
            problems.append(f"{case['case']}: it is not refused")
        else:
            problems += [f"{case['case']}: it is refused, but not with `{one}`: {outcome.said}" for one in case["says"] if one not in outcome.said]
    return problems


def changed(text: str, changes: dict[str, str]) -> str:
    """Replaces lines of a parameter file. A line that opens a block stands for the whole block."""
    for old, new in changes.items():
        rest = r"\n(?:.*\n)*?\1}" if old.endswith("{") else ""
        text, count = re.subn(rf"(?m)^( *){re.escape(old)}{rest}\n", lambda match, new=new: f"{match[1]}{new}\n" if new else "", text, count=1)
        if not count:
            raise ValueError(f"no line says {old!r}")
    return text


def trees(root: Path) -> dict[str, dict[str, Any]]:
    return {name: outcome.tree for name, outcome in outcomes(root).items() if outcome.tree is not None}


def evaluate(text: str, folder: Path, variables: dict[str, str] | None = None) -> Outcome:
    """Evaluates the text of a parameter file as if it were in the folder. The compiler writes its result beside the file, so it gets a copy."""
    template = (folder / (USING.search(text) or [None, "none"])[1]).resolve()
    with tempfile.TemporaryDirectory() as there:
        path = Path(there).resolve() / "set.bicepparam"
        path.write_text(USING.sub(f"using '{os.path.relpath(template, path.parent)}'", text), encoding="utf-8")
        done = run("bicep", "snapshot", str(path), "--mode", "overwrite", *SCOPE, variables=variables)
        result = path.with_name("set.snapshot.json")
        said = " ".join((done.stdout + done.stderr).replace(f"{path}", "").split())
        if done.returncode or not result.is_file():
            return Outcome(None, said or f"the compiler ends with status {done.returncode} and says nothing")
        return Outcome(ordered(json.loads(result.read_text(encoding="utf-8"))), said)


def write(root: Path) -> list[str]:
    for name, tree in trees(root).items():
        (root / FOLDER / f"{name}.json").write_text(text_of(tree), encoding="utf-8")
    if not failures(root):
        (root / FOLDER / DIGEST).write_text(digest(root) + "\n", encoding="utf-8")
    return []


def ordered(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Sorts the resources, because the compiler's own order differs from run to run."""
    resources = sorted(snapshot["predictedResources"], key=lambda one: (one["type"].lower(), one["id"].lower()))
    return {"resources": resources, "outputs": snapshot.get("outputs") or {}, "diagnostics": snapshot.get("diagnostics") or []}


def text_of(tree: dict[str, Any]) -> str:
    return json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
