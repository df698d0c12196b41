"""Checks every `az` command line of the repository with the Azure CLI's own parser.

The CLI parses the arguments before it asks for a login, so no login is needed: the check ends each call as soon as the
arguments are parsed. Placeholders stand for values that are known only when a line runs. The parser accepts them as a
value of any type.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from functools import cache
from pathlib import Path

from . import shell
from .shell import MANY, PLACEHOLDER, Line
from .tools import FROM_REQUIREMENTS, Missing


def checks(root: Path):
    return [("azure cli: it understands every `az` line of scripts, workflows and pages", lambda: understood(shell.lines(root, "az")))]


def understood(found: list[Line]) -> list[str]:
    if not found:
        return ["there is no line to check"]
    return [f"{line.where}: az {' '.join(line.words)[:120]}: {problem}" for line in found if (problem := refusal(line))]


def refusal(line: Line) -> str | None:
    """Returns why the CLI refuses a line."""
    words = [plain(one) for one in line.words]
    # "$@" may stand for several values or for none.
    said = parse(words)
    if said and MANY in words:
        said = parse([one for one in words if one != MANY])
    if said is None or not line.whole and ("are required" in said or "is required" in said):
        return None
    return said


def plain(argument: str) -> str:
    """Replaces an argument that reads a file, because an earlier line creates the file."""
    return PLACEHOLDER if argument.startswith("@") else argument


def parse(arguments: list[str]) -> str | None:
    """Returns the parser's error message for a command line."""
    cli, parsed = started()
    cli.invocation = cli.invocation_cls(
        cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls
    )
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            cli.invocation.execute(arguments)
    except parsed:
        return None
    except SystemExit:
        return next((line for line in said.getvalue().splitlines() if line.strip()), "refused without a message")
    except Exception as error:  # The CLI raises no common kind of exception for a bad line.
        return str(error) or type(error).__name__
    return "it ran, although it should only have been parsed"


@cache
def started():
    """Returns the CLI, which stops after parsing, and the exception that it raises then."""
    # A separate folder, so that neither the settings nor the extensions of the current user are used.
    os.environ["AZURE_CONFIG_DIR"] = tempfile.mkdtemp(prefix="azure-cli-")
    os.environ["AZURE_CORE_COLLECT_TELEMETRY"] = "false"
    os.environ["AZURE_EXTENSION_USE_DYNAMIC_INSTALL"] = "no"
    try:
        from azure.cli.core import get_default_cli
        from azure.cli.core.parser import AzCliCommandParser
        from knack.events import EVENT_INVOKER_POST_PARSE_ARGS
    except ImportError as error:
        raise Missing(f"the Azure CLI is missing: {FROM_REQUIREMENTS}") from error

    class Parsed(Exception):
        pass

    def stop(*_, **__):
        raise Parsed

    cli = get_default_cli()
    cli.register_event(EVENT_INVOKER_POST_PARSE_ARGS, stop)
    take_placeholders(AzCliCommandParser)
    return cli, Parsed


def take_placeholders(parser: type) -> None:
    """Lets a placeholder stand for a number, a date or one of several choices."""
    value, check = parser._get_value, parser._check_value  # noqa: SLF001

    parser._get_value = lambda self, action, text: text if PLACEHOLDER in text else value(self, action, text)  # noqa: SLF001
    parser._check_value = lambda self, action, one: None if PLACEHOLDER in str(one) else check(self, action, one)  # noqa: SLF001
