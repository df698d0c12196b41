"""What a deployment would make: every resource of an environment, as Bicep evaluates it without Azure.

The environments are those of infra/dev.bicepparam and infra/prod.bicepparam, and of the parameters in `environments/`,
which are the extremes. What comes out is `environments/NAME.json`, put into order so that a change of the templates
shows as a change of these files. The checks read them, so they need no compiler; `python -m checks.environments
--update` writes them, and without the option compares them, both with `bicep`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Iterator

INFRA = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).parent / "environments"
REFUSED = FOLDER / "refused"
# The environments that are offered, with the variables that their parameters read.
OFFERED = {
    "dev": ("dev.bicepparam", {}),
    "prod": ("prod.bicepparam", {"DARKROOM_APPLICATIONS": "true"}),
    "prod-foundation": ("prod.bicepparam", {"DARKROOM_APPLICATIONS": "false"}),
}
# What the evaluated resources were made from.
DIGEST = FOLDER / "sources.sha256"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000002"
SCOPE = ["--tenant-id", "00000000-0000-0000-0000-000000000001", "--subscription-id", SUBSCRIPTION, "--location", "westeurope"]


@dataclass
class Resource:
    """One resource. Its scope is what it is given on, such as the container of a role; None for the group itself."""

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
        """The value at a dotted path, or None."""
        value: Any = self.config
        for part in path.split("."):
            if not isinstance(value, dict):
                return None
            value = value.get(part)
        return value

    @property
    def principal(self) -> str:
        """Whose role it is: the name of an identity, or an id as it was given."""
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


def load() -> list[Environment]:
    return [Environment.of(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.json"))]


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a tree."""
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from walk(child)
    elif isinstance(value, list):
        for child in value:
            yield from walk(child)


def sources() -> list[Path]:
    return sorted([*INFRA.glob("*.bicep*"), *INFRA.glob("modules/*"), *FOLDER.glob("*.bicepparam")])


def digest() -> str:
    together = hashlib.sha256()
    for path in sources():
        together.update(f"{path.relative_to(INFRA)}\0".encode() + path.read_bytes())
    return together.hexdigest()


def checks(environments: list[Environment]):
    return [
        ("environments: there are some, of both kinds", lambda: kinds(environments)),
        ("environments: they are those of the templates", fresh),
    ]


def kinds(environments: list[Environment]) -> list[str]:
    private = {one.is_private for one in environments if one.has_applications}
    return [] if private == {True, False} else ["there is no public, or no private environment with applications"]


def fresh() -> list[str]:
    """Without the compiler, the templates must at least be those that the resources were evaluated from."""
    if DIGEST.is_file() and DIGEST.read_text(encoding="utf-8").strip() == digest():
        return []
    return ["the templates have changed since: `./dev check deploy --update` evaluates them again, with the Bicep compiler"]


def run(bicep: str, *arguments: str, variables: dict[str, str] | None = None) -> tuple[int, str]:
    # None of the variables of this shell, so that the result is the same everywhere.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "DARKROOM_", "KAFKA_"))}
    done = subprocess.run([bicep, *arguments], capture_output=True, text=True, timeout=120, check=False, env=kept | (variables or {}))
    return done.returncode, done.stdout + done.stderr


def parameter_files() -> dict[str, tuple[Path, dict[str, str]]]:
    offered = {name: (INFRA / file, variables) for name, (file, variables) in OFFERED.items()}
    return offered | {path.stem: (path, {}) for path in sorted(FOLDER.glob("*.bicepparam"))}


def evaluate(bicep: str, parameters: Path, variables: dict[str, str] | None = None) -> tuple[dict[str, Any] | None, str]:
    """What would be made with these parameters, or why nothing is."""
    # The compiler writes beside the parameters.
    written = parameters.with_suffix(".snapshot.json")
    try:
        status, text = run(bicep, "snapshot", str(parameters), "--mode", "overwrite", *SCOPE, variables=variables)
        if status or not written.is_file():
            return None, text
        return ordered(json.loads(written.read_text(encoding="utf-8"))), text
    finally:
        written.unlink(missing_ok=True)


def ordered(snapshot: dict[str, Any]) -> dict[str, Any]:
    resources = sorted(snapshot["predictedResources"], key=lambda one: (one["type"].lower(), one["id"].lower()))
    return {"resources": resources, "outputs": snapshot.get("outputs") or {}}


def text_of(tree: dict[str, Any]) -> str:
    return json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def compare(bicep: str, update: bool = False) -> list[str]:
    problems = []
    for name, (parameters, variables) in parameter_files().items():
        tree, said = evaluate(bicep, parameters, variables)
        if tree is None:
            problems.append(f"{parameters.name}: {said.strip()}")
            continue
        kept = FOLDER / f"{name}.json"
        if update:
            kept.write_text(text_of(tree), encoding="utf-8")
        elif not kept.is_file() or kept.read_text(encoding="utf-8") != text_of(tree):
            problems.append(f"{kept.name} is not what {parameters.name} makes; `--update` writes it, and `git diff` shows the difference")
    if update and not problems:
        DIGEST.write_text(digest() + "\n", encoding="utf-8")
    return problems


def refusals(bicep: str) -> list[str]:
    """Parameters that cannot work are refused before anything is made, with a sentence: `// refused: SENTENCE`."""
    problems = []
    for parameters in sorted(REFUSED.glob("*.bicepparam")):
        wanted = re.findall(r"(?m)^// refused: (.+)$", parameters.read_text(encoding="utf-8"))
        tree, said = evaluate(bicep, parameters)
        if tree is not None or not wanted:
            problems.append(f"refused/{parameters.name} is not refused")
        problems += [f"refused/{parameters.name}: nothing says: {one}; said was: {said.strip()}" for one in wanted if one not in said]
    return problems


def compiled(bicep: str) -> list[str]:
    """Every template compiles without a warning."""
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for template in sorted(INFRA.glob("*.bicep")):
            status, said = run(bicep, "build", str(template), "--outfile", f"{folder}/out.json")
            problems += [line for line in said.splitlines() if ": Warning" in line or ": Error" in line or status and line.strip()]
    return problems


def main() -> int:
    bicep = shutil.which("bicep")
    if bicep is None:
        print("bicep is not on the path: `az bicep install` puts it into ~/.azure/bin", file=sys.stderr)
        return 1
    problems = compiled(bicep) + compare(bicep, "--update" in sys.argv) + refusals(bicep)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
