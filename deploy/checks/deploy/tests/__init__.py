"""Shows that every check can fail: broken inputs, each with the expected message."""

from __future__ import annotations

from . import bicep, command_lines, files, predictions


def checks():
    return bicep.checks() + predictions.checks() + command_lines.checks() + files.checks()
