"""Checks azure.yaml against the schemas of the Azure Developer CLI.

The schemas are unchanged copies of schemas/v1.0/azure.yaml.json and schemas/alpha/azure.yaml.json of github.com/Azure/azure-dev
at commit ae35809f496491989273d0edefdeb70f245f399b (azd 1.32.0-beta.1), under the MIT licence, © Microsoft Corporation.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft201909Validator
from referencing import Registry
from referencing.jsonschema import DRAFT201909

from ..schemas import HERE, load


def checks(root: Path):
    return [
        ("azd: azure.yaml fits the alpha schema, which is stricter than the stable one", lambda: against("azd-alpha", load(root / "azure.yaml"))),
        ("azd: azure.yaml needs no feature that has to be switched on first", lambda: alpha(load(root / "azure.yaml"))),
        ("azd: files that azure.yaml names are there", lambda: missing_files(root, load(root / "azure.yaml"))),
    ]


def against(schema: str, tree: Any) -> list[str]:
    # The schemas refer to others over the network, for kinds of services that are not used here.
    elsewhere = Registry(retrieve=lambda _: DRAFT201909.create_resource({}))
    contents = json.loads((HERE / f"{schema}.schema.json").read_text(encoding="utf-8"))
    validator = Draft201909Validator(contents, registry=elsewhere)
    return [f"{'/'.join(map(str, error.absolute_path)) or 'azure.yaml'}: {error.message[:160]}" for error in validator.iter_errors(tree)]


def alpha(tree: dict[str, Any]) -> list[str]:
    """`azd up` must work on a fresh clone, without `azd config set alpha.… on`."""
    problems = []
    for name, service in tree.get("services", {}).items():
        if service.get("language") == "custom":
            problems.append(f"services/{name}: language custom is an alpha feature: every azd command refuses the project until it is switched on")
    if "deploymentStacks" in tree.get("infra", {}):
        problems.append("infra: deploymentStacks is an alpha feature")
    return problems


def missing_files(root: Path, tree: dict[str, Any]) -> list[str]:
    """The template or the parameter file must exist, and each Dockerfile. azd uses MODULE.bicepparam if it exists."""
    infra = tree.get("infra", {})
    module = Path(infra.get("path", "infra")) / infra.get("module", "main")
    problems = []
    if not any((root / f"{module}{ending}").is_file() for ending in (".bicepparam", ".bicep")):
        problems.append(f"infra: there is neither {module}.bicepparam nor {module}.bicep")
    for name, service in tree.get("services", {}).items():
        dockerfile = service.get("docker", {}).get("path")
        if dockerfile and not (root / service.get("project", ".") / dockerfile).is_file():
            problems.append(f"services/{name}: there is no {dockerfile}")
    return problems
