"""Runs checks, one after another, and prints the name and the result of each, then how many there were."""

from __future__ import annotations

import time
from typing import Callable, Iterable

Check = tuple[str, Callable[[], list[str]]]


def run(checks: Iterable[Check]) -> int:
    """The exit status: 1 when a check has found something."""
    started = time.monotonic()
    passed = failed = 0
    for name, check in checks:
        problems = check()
        print(f"{'FAILED' if problems else 'ok':6}  {name}", flush=True)
        for problem in problems:
            print(f"        {problem}", flush=True)
        failed += bool(problems)
        passed += not problems
    seconds = time.monotonic() - started
    print(f"{passed + failed} checks, {passed} passed, {failed} failed, in {seconds:.1f} s")
    return 1 if failed else 0
