"""Broken templates, and predictions that are not what is committed."""

from __future__ import annotations

from .. import compiler, snapshots
from ..tools import Missing, find
from .expect import repository, said

TEMPLATE = """targetScope = 'resourceGroup'
@minLength(3)
param name string
param copies int = 1
var checked = copies == 13 ? fail('thirteen copies are refused') : copies
resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: resourceGroup().location
  sku: { name: 'Standard_LRS' }
  kind: 'StorageV2'
  tags: { copies: string(checked) }
}
"""
SET = "using '../../main.bicep'\nparam name = 'account'\n"
REFUSED = """[
  { "set": "one", "parameters": { "copies": 13 }, "says": "thirteen copies are refused" },
  { "set": "one", "parameters": { "name": "a" }, "says": "too short" },
  { "set": "one", "parameters": { "copies": 13 }, "says": "another reason" },
  { "set": "one", "parameters": { "copies": 12 }, "says": "anything" }
]"""


def checks():
    return [
        ("test: a template with a warning, and a parameter file without a parameter", templates),
        ("test: a whole subscription, with what azd passes to a parameter file", subscription),
        ("test: a prediction that is not what is committed, and one that nobody has", differences),
        ("test: a set that is refused for another reason, and one that is not", refusals),
        ("test: a tool that is missing is a failure that says how to get it", missing_tool),
    ]


def templates() -> list[str]:
    with repository({"infra/main.bicep": "param unused string\nparam x int = 'text'\n", "infra/prod.bicepparam": "using 'main.bicep'\n"}) as root:
        (template, parameters) = (check() for _, check in compiler.checks(root))
    return said(template, "no-unused-params", "BCP033") + said(parameters, "BCP258")


def subscription() -> list[str]:
    template = """targetScope = 'subscription'
param name string
resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = { name: 'rg-${name}', location: deployment().location }
"""
    files = {"infra/main.bicep": template, "infra/dev.bicepparam": "using 'main.bicep'\nparam name = readEnvironmentVariable('AZURE_ENV_NAME')\n"}
    with repository(files) as root:
        problems = [problem for _, check in compiler.checks(root) for problem in check()] + snapshots.failures(root)
        names = [one["id"] for one in snapshots.snapshots(root)["dev"]["predictedResources"]]
    return problems + said(names, "00000000000b/resourceGroups/rg-check")


def differences() -> list[str]:
    with repository({"infra/main.bicep": TEMPLATE, "infra/checks/snapshots/one.bicepparam": SET}) as root:
        snapshots.write(root)
        problems = [f"written just now: {line}" for line in snapshots.differences(root)]
        path = root / snapshots.FOLDER / "one.json"
        path.write_text(path.read_text(encoding="utf-8").replace("Standard_LRS", "Standard_ZRS"), encoding="utf-8")
        path.with_name("gone.json").write_text("{}", encoding="utf-8")
        return problems + said(snapshots.differences(root), '"Standard_LRS"', "2 lines differ", "gone.json belongs to no set")


def refusals() -> list[str]:
    files = {"infra/main.bicep": TEMPLATE, "infra/checks/snapshots/one.bicepparam": SET, "infra/checks/snapshots/refused.json": REFUSED}
    with repository(files) as root:
        problems = snapshots.accepted(root)
    return said(problems, "is refused without `another reason`", '{"copies": 12} is not refused') + [
        f"one that is refused as it should be: {one}" for one in problems if "`thirteen" in one or "`too short`" in one
    ]


def missing_tool() -> list[str]:
    try:
        return [f"{find('no-such-tool')} is there"]
    except Missing as missing:
        return said([str(missing)], "no-such-tool is missing: type `./dev check deploy`")
