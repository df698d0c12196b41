"""Runs checks, one after another, and prints the name and the result of each, and then how many there were."""

from __future__ import annotations

import time
from typing import Callable, Iterable

Check = tuple[str, Callable[[], list[str]]]


def run(checks: Iterable[Check]) -> int:
    """Returns the exit status: 1 if a check has found a problem."""
    started = time.monotonic()
    passed = 0
    failed = []
    for name, check in checks:
        problems = found(check)
        print(f"{'FAILED' if problems else 'ok':6}  {name}", flush=True)
        for problem in problems:
            print(f"        {problem}", flush=True)
        if problems:
            failed.append(name)
        else:
            passed += 1
    seconds = time.monotonic() - started
    for name in failed:
        print(f"FAILED  {name}")
    print(f"{passed + len(failed)} checks, {passed} passed, {len(failed)} failed, in {seconds:.1f} s")
    return 1 if failed else 0


def found(check: Callable[[], list[str]]) -> list[str]:
    """Returns the problems. A check that raises an exception has not passed, and the others still run."""
    try:
        return check()
    except Exception as error:  # Whatever the exception is.
        return [f"{type(error).__name__}: {error}"]
