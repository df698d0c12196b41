"""Checks of deploy/confluent that Terraform does not make: both folders lock the same version of the provider, for every system."""

from __future__ import annotations

import re
from pathlib import Path

FOLDERS = ("clusters", "topics")
# A release has one archive for each system that the provider is built for.
ARCHIVES = 16


def checks(root: Path):
    return [("confluent: one version of the provider, locked for every system", lambda: locks(root))]


def locks(root: Path) -> list[str]:
    texts = {}
    problems = []
    for name in FOLDERS:
        folder = root / "deploy/confluent" / name
        texts[name] = (folder / ".terraform.lock.hcl").read_text(encoding="utf-8")
        problems += [f"deploy/confluent/{name}: {one}" for one in lock(texts[name], (folder / "versions.tf").read_text(encoding="utf-8"))]
    if len(set(texts.values())) != 1:
        problems.append(f"the lock files of {' and '.join(FOLDERS)} differ")
    return problems


def lock(locked: str, versions: str) -> list[str]:
    problems = []
    wanted = re.search(r'source += "confluentinc/confluent"\s+version += "(\d+\.\d+\.\d+)"', versions)
    found = re.search(r'provider "registry\.terraform\.io/confluentinc/confluent" {\s+version += "([^"]+)"', locked)
    if wanted is None:
        problems.append("versions.tf names no exact version of the provider")
    elif found is None or found[1] != wanted[1]:
        problems.append(f"the lock file is not about {wanted[1]}")
    if len(set(re.findall(r'"zh:[0-9a-f]{64}"', locked))) < ARCHIVES:
        problems.append("the lock file does not know the archive of every system")
    return problems
