"""Helpers of the tests."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Iterator


def said(problems: list[str], *wanted: str) -> list[str]:
    """Returns one problem for each expected text that no problem contains."""
    return [f"nothing says {one!r}; said was {problems}" for one in wanted if not any(one in problem for problem in problems)]


def nothing(problems: list[str]) -> list[str]:
    return [f"it is right, and is refused: {problem}" for problem in problems]


@contextlib.contextmanager
def repository(files: dict[str, str]) -> Iterator[Path]:
    """Creates a folder with these files."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield root
