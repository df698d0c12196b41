"""Checks that the files around the code know all folders, versions and ports."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from .schemas import load

# The files in which dependabot finds the dependencies of a folder, by dependabot's names for the kinds. The entry for the
# top folder covers the crates of the workspace. The fuzz targets are workspaces of their own.
NAME_VERSIONS = {
    "cargo": ("Cargo.toml", "*/fuzz/Cargo.toml"),
    "docker": ("*Dockerfile",),
    "gomod": ("*go.mod",),
    "maven": ("*pom.xml",),
    "npm": ("*package.json",),
    "pip": ("*requirements.txt",),
    "terraform": ("*versions.tf",),
}


def checks(root: Path):
    return [
        ("upkeep: docs/ARCHITECTURE.md describes every folder", lambda: folders((root / "docs/ARCHITECTURE.md").read_text(encoding="utf-8"), tracked(root))),
        ("upkeep: each function that docs/ARCHITECTURE.md names is in the file that it links to", lambda: functions(root)),
        ("upkeep: a crate uses only what docs/ARCHITECTURE.md allows", lambda: dependencies(root)),
        ("upkeep: dependabot covers every file that names versions", lambda: versions(load(root / ".github/dependabot.yml"), tracked(root))),
        ("upkeep: the development container forwards what ./dev run listens on", lambda: ports(root)),
    ]


def tracked(root: Path) -> list[str]:
    """Returns the files of the repository, without those that a tool has left there."""
    # In a container, the files may belong to another user.
    done = subprocess.run(["git", "-c", "safe.directory=*", "ls-files"], cwd=root, capture_output=True, text=True, encoding="utf-8", check=True)
    return [name for name in done.stdout.splitlines() if (root / name).exists()]


def folders(page: str, files: list[str]) -> list[str]:
    """Each folder at the top, each crate and each part of the deployment must be in the first column, and everything in that column must exist."""
    cells = re.findall(r"(?m)^\| *(`[^|]+`) *\|", page)
    named = {name.strip("/") for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
    there = {str(folder) for file in files for folder in PurePosixPath(file).parents} | set(files)
    wanted = {name for name in there - set(files) if name.count("/") == name.startswith(("crates/", "deploy/")) and name not in (".", "crates")}
    # A mention of `tests/it/` counts for `tests/`, too.
    said = named | {name.split("/")[0] for name in named}
    return [f"nothing describes {name}/" for name in sorted(wanted - said)] + [f"there is no {name}" for name in sorted(named - there)]


def functions(root: Path) -> list[str]:
    page = (root / "docs/ARCHITECTURE.md").read_text(encoding="utf-8")
    links = re.findall(r"\[([^\]]*`[^\]]*)\]\(\.\./([^)]+\.rs)\)", page)
    if not links:
        return ["no function is named"]
    return [problem for text, file in links for problem in unnamed(text, file, (root / file).read_text(encoding="utf-8"))]


def unnamed(text: str, file: str, code: str) -> list[str]:
    """Returns the names in a link that its file does not define. A link may also name the file itself."""
    names = [name.split("::")[-1] for name in re.findall(r"`([^`]+)`", text)]
    return [f"{file} defines no {name}" for name in names if not file.endswith(f"/{name}") and not re.search(rf"\b(?:fn|struct|enum|trait) {re.escape(name)}\b", code)]


def dependencies(root: Path) -> list[str]:
    page = (root / "docs/ARCHITECTURE.md").read_text(encoding="utf-8")
    return unforeseen(page, {path.parent.name: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(root.glob("crates/*/Cargo.toml"))})


def unforeseen(page: str, manifests: dict[str, dict[str, Any]]) -> list[str]:
    """Compares the crates of this workspace that each crate is built from with its row. Its tests may use others."""
    # A manifest names another crate as its package, or as its folder where that is shorter.
    ours = {name: folder for folder, manifest in manifests.items() for name in (folder, manifest["package"]["name"])}
    problems = []
    for folder, manifest in manifests.items():
        row = re.search(rf"(?m)^\| `crates/{folder}` \|[^|]*\|([^|]*)\|$", page)
        may = set(re.findall(r"`([^`]+)`", row[1])) if row else set()
        used = {ours[name] for name in manifest.get("dependencies", {}) if name in ours}
        problems += [f"crates/{folder} uses {name}" for name in sorted(used - may)]
        problems += [f"crates/{folder} does not use {name}" for name in sorted((may & set(ours.values())) - used)]
    return problems


def versions(settings: dict[str, Any], files: list[str]) -> list[str]:
    problems = []
    looked_after = {update["package-ecosystem"]: update["directories"] for update in settings["updates"]}
    for kind, names in NAME_VERSIONS.items():
        there = {f"/{PurePosixPath(file).parent}".removesuffix(".") for file in files if any(fnmatchcase(file, name) for name in names)}
        patterns = looked_after.get(kind, [])
        problems += [f"{kind}: no entry covers {folder}" for folder in sorted(there) if not any(fnmatchcase(folder, one) for one in patterns)]
        problems += [f"{kind}: there is nothing in {one}" for one in patterns if not any(fnmatchcase(folder, one) for folder in there)]
    return problems


def ports(root: Path) -> list[str]:
    code = (root / "crates/xtask/src/ports.rs").read_text(encoding="utf-8")
    container = json.loads(re.sub(r"(?m)^\s*//.*$", "", (root / ".devcontainer/devcontainer.json").read_text(encoding="utf-8")))
    return forwarded(code, container)


def forwarded(code: str, container: dict[str, Any]) -> list[str]:
    listening = {int(number.replace("_", "")) for number in re.findall(r"(?m)^\s*\w+_port: ([\d_]+),$", code.split("#[cfg(test)]")[0])}
    labelled = {int(port) for port in container.get("portsAttributes", {})}
    problems = [] if listening else ["crates/xtask/src/ports.rs has no ports"]
    for port in sorted(listening ^ set(container.get("forwardPorts", [])) | listening ^ labelled):
        problems.append(f"{port} is {'listened on, but not forwarded with a label' if port in listening else 'forwarded, but nothing listens on it'}")
    return problems
