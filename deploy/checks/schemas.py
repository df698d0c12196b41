"""Checks JSON and YAML files against schemas, and rules for workflows that no schema contains.

Apart from those of azd, the schemas are our own. They are stricter than the official ones, and contain only what these
files use.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

HERE = Path(__file__).parent / "schemas"


def checks(root: Path):
    return [
        ("schema: host.json", lambda: file(root, "host.json", "host")),
        ("schema: functions/*/function.json", lambda: every(root, "functions/*/function.json", "function")),
        ("schema: azure.yaml", lambda: file(root, "azure.yaml", "azd-stable")),
        ("schema: .github/workflows/*.yml", lambda: every(root, ".github/workflows/*.yml", "workflow")),
        ("schema: .github/ISSUE_TEMPLATE/*.yml", lambda: every(root, ".github/ISSUE_TEMPLATE/*.yml", "issue-form")),
        ("workflows: pinned actions, least permissions, no secrets", lambda: workflows(root)),
    ]


def load(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".yml", ".yaml"):
        # YAML 1.1 reads the key `on` as true.
        return yaml.load(text, Loader=_Loader)
    return json.loads(text)


class _Loader(yaml.SafeLoader):
    """Reads truth values as YAML 1.2 and GitHub do."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def validate(value: Any, schema: str) -> list[str]:
    # azd's schema refers to others over the network, for kinds of services that are not used here.
    nowhere = Registry(retrieve=lambda _: DRAFT202012.create_resource({}))
    validator = Draft202012Validator(json.loads((HERE / f"{schema}.schema.json").read_text(encoding="utf-8")), registry=nowhere)
    return [f"{'/'.join(map(str, error.absolute_path)) or 'the file'}: {error.message[:160]}" for error in validator.iter_errors(value)]


def file(root: Path, name: str, schema: str) -> list[str]:
    try:
        return [f"{name}: {problem}" for problem in validate(load(root / name), schema)]
    except (OSError, ValueError, yaml.YAMLError) as error:
        return [f"{name}: {error}"]


def every(root: Path, pattern: str, schema: str) -> list[str]:
    found = sorted(root.glob(pattern))
    if not found:
        return [f"there is no {pattern}"]
    return [problem for path in found for problem in file(root, str(path.relative_to(root)), schema)]


def workflows(root: Path) -> list[str]:
    return [f"{path.name}: {problem}" for path in sorted(root.glob(".github/workflows/*.yml")) for problem in workflow(load(path), path.read_text(encoding="utf-8"), root)]


def workflow(tree: dict[str, Any], text: str, root: Path) -> list[str]:
    problems = []
    if re.search(r"\bsecrets\.", text):
        problems.append("it reads a secret")
    if "pull_request_target" in tree.get("on", {}):
        problems.append("pull_request_target runs strangers' code with rights")
    if tree.get("permissions") == "write-all" or any(right == "write" for right in (tree.get("permissions") or {}).values()):
        problems.append("rights to write belong to a job, not to all of them")
    for name, job in tree.get("jobs", {}).items():
        if "uses" not in job and "timeout-minutes" not in job:
            problems.append(f"{name} has no timeout")
        if "uses" in job and job["uses"].startswith("./") and not (root / job["uses"]).is_file():
            problems.append(f"{name}: there is no {job['uses']}")
        for step in job.get("steps", []):
            uses = step.get("uses")
            if uses and not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", uses):
                problems.append(f"{name}: {uses} is not pinned")
            if uses and uses.startswith("actions/checkout@") and step.get("with", {}).get("persist-credentials") is not False:
                problems.append(f"{name}: the checkout leaves its token behind")
            # A text that a stranger can write, such as a branch's name, would be run as a part of the script.
            if re.search(r"\$\{\{\s*(github\.(event|head_ref|actor|ref)|inputs)", step.get("run", "")):
                problems.append(f"{name}: a script is put together from an expression; pass it through env")
            if uses and uses.startswith("azure/login@") and {"creds", "client-secret"} & set(step.get("with", {})):
                problems.append(f"{name}: it signs in with a secret")
            if uses and uses.startswith("azure/login@") and job.get("permissions", {}).get("id-token") != "write":
                problems.append(f"{name}: signing in by OpenID Connect needs id-token: write")
    return problems
