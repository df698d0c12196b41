"""Checks the files for Confluent Cloud with Terraform and the provider's own schema."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .tools import lines_unless_clean, run

FOLDERS = ("clusters", "topics")


def checks(root: Path):
    confluent = root / "deploy/confluent"
    found = [("terraform: the files are formatted", lambda: lines_unless_clean(run("terraform", "fmt", "-check", "-recursive", cwd=confluent)))]
    for name in FOLDERS:
        found += [
            (f"terraform: deploy/confluent/{name} fits the provider", lambda folder=confluent / name: validated(folder)),
            (f"terraform: the tests of deploy/confluent/{name}", lambda folder=confluent / name: lines_unless_clean(run("terraform", "test", "-no-color", cwd=folder))),
        ]
    return found


def validated(folder: Path) -> list[str]:
    """Installs the provider that the lock file names, and validates the files. A development copy of the provider needs no installation."""
    if not is_overridden():
        done = run("terraform", "init", "-backend=false", "-input=false", "-lockfile=readonly", "-no-color", cwd=folder)
        if done.returncode:
            return lines_unless_clean(done)
    return lines_unless_clean(run("terraform", "validate", "-no-color", cwd=folder))


def is_overridden() -> bool:
    # See https://developer.hashicorp.com/terraform/cli/config/config-file#development-overrides-for-provider-developers
    path = Path(os.environ.get("TF_CLI_CONFIG_FILE", Path.home() / ".terraformrc"))
    return path.is_file() and re.search(r"(?m)^\s*dev_overrides\s*{", path.read_text(encoding="utf-8")) is not None
