"""Checks the links of the documentation: local links lead to a file and a heading, and others are well-formed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

SKIPPED = {".git", "target", "node_modules", "venv", ".venv"}
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+(?:\([^()\s]*\))?)\)")
AUTO = re.compile(r"<(https?://[^>\s]+)>")


def checks(root: Path):
    return [("links: every link of a page leads somewhere", lambda: links(root))]


def pages(root: Path) -> list[Path]:
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED]
        found += [Path(folder) / name for name in files if name.endswith(".md")]
    return sorted(found)


def links(root: Path) -> list[str]:
    found = pages(root)
    if not found:
        return ["there are no *.md files"]
    return [f"{page.relative_to(root)}: {problem}" for page in found for problem in page_links(page, root)]


def page_links(page: Path, root: Path) -> list[str]:
    text = prose(page.read_text(encoding="utf-8"))
    problems = []
    for target in [*LINK.findall(text), *AUTO.findall(text)]:
        parts = urlsplit(target)
        if parts.scheme in ("http", "https"):
            if not re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc):
                problems.append(f"{target} is no address")
            continue
        if parts.scheme == "mailto":
            continue
        if parts.scheme:
            problems.append(f"{target} has an unknown scheme")
            continue
        file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not file.exists():
            problems.append(f"{target} leads nowhere")
        elif root not in [file, *file.parents]:
            problems.append(f"{target} leads out of the repository")
        elif parts.fragment and file.suffix == ".md" and parts.fragment not in anchors(file.read_text(encoding="utf-8")):
            problems.append(f"{target}: there is no such heading")
    return problems


def prose(text: str) -> str:
    """Returns the text without code."""
    text = re.sub(r"(?ms)^(```|~~~).*?^\1\s*$", "", text)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(text: str) -> set[str]:
    """Returns the names that GitHub gives to the headings."""
    found: dict[str, int] = {}
    names = set()
    for heading in re.findall(r"(?m)^#{1,6}\s+(.+?)\s*#*$", re.sub(r"(?ms)^```.*?^```\s*$", "", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        number = found.get(slug, 0)
        found[slug] = number + 1
        names.add(f"{slug}-{number}" if number else slug)
    return names
