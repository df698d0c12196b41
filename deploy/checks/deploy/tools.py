"""Runs the programs that the checks need. If one is missing, the checks that need it fail and say how to get it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable

HOW = {
    "bicep": "install the Bicep CLI (https://learn.microsoft.com/azure/azure-resource-manager/bicep/install), or the Azure CLI and type `az bicep install`",
    "actionlint": "install Go and type `go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12`, or see https://github.com/rhysd/actionlint",
    "terraform": "install Terraform (https://developer.hashicorp.com/terraform/install)",
}
# The variables that azd passes to a parameter file, which reads them with readEnvironmentVariable().
ENVIRONMENT = {
    "AZURE_ENV_NAME": "check",
    "AZURE_LOCATION": "westeurope",
    "AZURE_SUBSCRIPTION_ID": "00000000-0000-0000-0000-00000000000b",
    "AZURE_PRINCIPAL_ID": "00000000-0000-0000-0000-00000000000c",
    # Variables that docs/deploy.md tells people to set.
    "DARKROOM_BUDGET_START": "2026-12-01",
}
FROM_REQUIREMENTS = "type `./dev check deploy`, which installs it"


class Missing(Exception):
    """A tool that a check needs is not installed."""


def find(name: str) -> str:
    """Returns the path of a program: beside this Python, on the PATH, or where the Azure CLI and Go install theirs."""
    beside = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    elsewhere = [str(Path.home() / ".azure/bin"), str(Path.home() / "go/bin")]
    found = shutil.which(name, path=os.pathsep.join([*beside, *elsewhere]))
    if found is None:
        raise Missing(f"{name} is missing: {HOW.get(name, FROM_REQUIREMENTS)}")
    return found


def run(name: str, *arguments: str, cwd: Path | None = None, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    # No variable of the current shell is used, so that the result is the same everywhere.
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AZURE_", "DARKROOM_", "KAFKA_"))}
    environment = {**kept, **ENVIRONMENT, **(variables or {})}
    return subprocess.run([find(name), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


def lines_unless_clean(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Returns the output of a tool that failed. A tool that fails without any output has failed as well."""
    if done.returncode == 0:
        return []
    said = [line.rstrip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return said or [f"it ended with status {done.returncode} and said nothing"]


def guarded(check: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """A check that fails if a tool is missing, and says how to get the tool."""

    def checked() -> list[str]:
        try:
            return check()
        except Missing as missing:
            return [str(missing)]

    return checked
