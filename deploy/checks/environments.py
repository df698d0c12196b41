"""The resources of each environment, as Bicep evaluates them without Azure.

The environments are those of deploy/azure/dev.bicepparam and prod.bicepparam, and those of the parameters in
`environments/`, which are the extremes. `environments/NAME.json` contains the resources in a fixed order, so that a change
of the templates shows as a change of these files. The checks read these files and need no compiler.
deploy/predictions.py compares them with the templates and writes them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Iterator

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path("deploy/azure")
FOLDER = Path("deploy/checks/environments")
# The digest of the sources of the evaluated resources.
DIGEST = "sources.sha256"


@dataclass
class Resource:
    """One resource. Its scope is the resource that it belongs to, such as the container of a role, or None for the resource group."""

    environment: str
    config: dict[str, Any]

    @property
    def type(self) -> str:
        return self.config["type"]

    @property
    def name(self) -> str:
        return self.config["name"]

    @property
    def id(self) -> str:
        return self.config["id"]

    @property
    def version(self) -> str:
        return self.config["apiVersion"]

    @property
    def where(self) -> str:
        short = self.name.split("/")[-1] if not self.name.startswith("[") else ""
        on = f" on {self.scope.rsplit('/', 1)[-1]}" if self.scope else ""
        return f"{self.environment}: {self.type} {short}{on}".rstrip()

    @cached_property
    def scope(self) -> str | None:
        if match := re.match(r"\[extensionResourceId\('([^']+)'", self.id):
            return match[1]
        provider = f"/providers/{self.type.split('/')[0]}/"
        before = self.id.rsplit(provider, 1)[0] if provider in self.id else ""
        return before if "/providers/" in before else None

    def get(self, path: str) -> Any:
        """Returns the value at a dotted path, or None."""
        value: Any = self.config
        for part in path.split("."):
            if not isinstance(value, dict):
                return None
            value = value.get(part)
        return value

    @property
    def principal(self) -> str:
        """Who has the role: the name of an identity, or an id."""
        given = str(self.get("properties.principalId"))
        match = re.search(r"/(?:userAssignedIdentities|systemTopics)/([\w-]+)'", given)
        return match[1] if match else given

    @property
    def settings(self) -> dict[str, str]:
        return {one["name"]: one["value"] for one in self.get("properties.siteConfig.appSettings") or []}


@dataclass
class Environment:
    name: str
    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, tree: dict[str, Any]) -> Environment:
        environment = cls(name, outputs=tree["outputs"])
        environment.resources = [Resource(name, one) for one in tree["resources"]]
        return environment

    def all(self, type_: str) -> Iterator[Resource]:
        return (one for one in self.resources if one.type.lower() == type_.lower())

    @property
    def is_private(self) -> bool:
        return any(self.all("Microsoft.Network/virtualNetworks"))

    @property
    def has_applications(self) -> bool:
        return any(self.all("Microsoft.Web/sites"))


def load(root: Path = ROOT) -> list[Environment]:
    return [Environment.of(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted((root / FOLDER).glob("*.json"))]


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Returns every object in a tree."""
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from walk(child)
    elif isinstance(value, list):
        for child in value:
            yield from walk(child)


def digest(root: Path = ROOT) -> str:
    together = hashlib.sha256()
    templates = root / TEMPLATES
    for path in sorted([*templates.glob("*.bicep*"), *templates.glob("workbook.json"), *templates.glob("modules/*"), *(root / FOLDER).glob("*.bicepparam")]):
        # The linter's settings do not change the resources.
        if path.name != "bicepconfig.json":
            together.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return together.hexdigest()


def checks(environments: list[Environment]):
    return [
        ("environments: there are some, of both kinds", lambda: kinds(environments)),
        ("environments: they are those of the templates", fresh),
    ]


def kinds(environments: list[Environment]) -> list[str]:
    private = {one.is_private for one in environments if one.has_applications}
    return [] if private == {True, False} else ["there is no public, or no private environment with applications"]


def fresh(root: Path = ROOT) -> list[str]:
    """Without the compiler, this can only check that the templates have not changed since the resources were evaluated."""
    kept = root / FOLDER / DIGEST
    if kept.is_file() and kept.read_text(encoding="utf-8").strip() == digest(root):
        return []
    return ["the templates have changed since: `./dev check deploy --update` evaluates them again, with the Bicep compiler"]
