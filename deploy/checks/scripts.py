"""Runs the scripts of a deployment with stand-ins for the Azure CLI and for `sleep`, and checks which commands they run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SUBSCRIPTION = "00000000-0000-0000-0000-00000000000b"
VARIABLES = {
    "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
    "AZURE_ENV_NAME": "check",
    "AZURE_RESOURCE_GROUP": "group",
    "FUNCTION_APP_NAME": "func",
    "EVENT_TOPIC_NAME": "topic",
    "IMAGES_NAME": "images",
    "DEPLOYMENT_ADDRESS": "192.0.2.1",
}
# It records its arguments, and fails if they contain FAILS. The tenant of the subscription is `ours`.
AZ = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in
*"$FAILS"*) exit 1 ;;
version*) echo 2.91.0 ;;
"account show --subscription"*) echo ours ;;
"account show"*) echo "$TENANT" ;;
esac
"""
NOTHING = "#!/bin/sh\n"
# A system on which only a container can build.
DEV = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in *--container*) ;; *) exit 1 ;; esac
"""


@dataclass(frozen=True)
class Run:
    """What a script did: its exit status, its messages, and the arguments of each call of `az` and `./dev`."""

    status: int
    said: str
    calls: list[str]


def checks(root: Path):
    return [
        ("scripts: they work in the subscription that azd names", lambda: subscription(root)),
        ("scripts: a deployment opens both endpoints, and closes them whatever happens", lambda: endpoints(root)),
        ("scripts: sign-in is not set up in another tenant", lambda: tenant(root)),
        ("scripts: a container builds what would not start on Azure", lambda: packages(root)),
    ]


def run(root: Path, script: str, *arguments: str, fails: str = "nothing fails", tenant: str = "ours") -> Run:
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        shutil.copytree(root / "deploy/azure", there / "deploy/azure")
        for name, text in {"target/functionapp.zip": "", "bin/az": AZ, "bin/sleep": NOTHING, "dev": DEV}.items():
            (there / name).parent.mkdir(exist_ok=True)
            (there / name).write_text(text, encoding="utf-8")
            (there / name).chmod(0o755)
        calls = there / "calls"
        calls.touch()
        variables = {"PATH": f"{there / 'bin'}{os.pathsep}{os.environ['PATH']}", "CALLS": str(calls), "FAILS": fails, "TENANT": tenant}
        done = subprocess.run(["sh", str(there / "deploy/azure" / script), *arguments], env=os.environ | VARIABLES | variables, capture_output=True, text=True, encoding="utf-8", check=False)
        return Run(done.returncode, done.stderr.strip(), calls.read_text(encoding="utf-8").splitlines())


def subscription(root: Path) -> list[str]:
    problems = []
    for script in ("subscribe.sh", "deploy-code.sh"):
        done = run(root, script)
        problems += [f"{script} fails: {done.said}"] if done.status else []
        commands = [call for call in done.calls if not call.startswith("version")]
        problems += [] if commands else [f"{script} does nothing"]
        problems += [f"{script}: the subscription is not named: az {call}" for call in commands if f"--subscription {SUBSCRIPTION}" not in call]
    return problems


def endpoints(root: Path) -> list[str]:
    """`config-zip` sends to the deployment endpoint, and then asks the site itself until it answers."""
    problems = []
    for case, fails in {"": "nothing fails", ", if the deployment fails": "config-zip", ", if an endpoint cannot be opened": "restriction add --scm-site false"}.items():
        done = run(root, "deploy-code.sh", fails=fails)
        for verb in ("add", "remove"):
            for scm in ("true", "false"):
                if not any(call.startswith(f"functionapp config access-restriction {verb} --scm-site {scm}") for call in done.calls):
                    problems.append(f"deploy-code.sh does not run access-restriction {verb} --scm-site {scm}{case}")
        if (done.status == 0) != (case == ""):
            problems.append(f"deploy-code.sh ends with status {done.status}{case}")
        if case == "" and [call for call in done.calls if call.startswith("functionapp")][2:3] != [call for call in done.calls if "config-zip" in call]:
            problems.append("deploy-code.sh does not deploy while both endpoints are open")
    return problems


def tenant(root: Path) -> list[str]:
    """`az ad` works in the tenant of the current subscription, and takes no other."""
    done = run(root, "sign-in.sh", "register", tenant="another")
    changes = [call for call in done.calls if call.startswith(("ad ", "rest "))]
    return [f"sign-in.sh works in the wrong tenant: az {call}" for call in changes] + ([] if "az account set" in done.said else [f"sign-in.sh does not say what to do: {done.said}"])


def packages(root: Path) -> list[str]:
    built = run(root, "package.sh").calls
    wanted = ["package --container --blob-source eventgrid", "package --container --web"]
    return [f"package.sh does not run ./dev {one}" for one in wanted if one not in built]
