"""Broken templates, and resources that differ from those that are committed."""

from __future__ import annotations

import json

from .. import compiler, predictions
from ..tools import Missing, find
from .expect import repository, said

GROUP = "targetScope = 'subscription'\n"
TEMPLATE = """@minLength(3)
param name string
param copies int = 1
var checked = copies == 13 ? fail('thirteen copies are refused') : copies
resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${name}'
  location: deployment().location
  tags: { copies: string(checked) }
}
"""
SET = "using '../../azure/main.bicep'\nparam name = 'account'\n"


def checks():
    return [
        ("test: a template with a warning, and a parameter file without a parameter", templates),
        ("test: a whole subscription, with what azd passes to a parameter file", subscription),
        ("test: a prediction that is not what is committed, and one that nobody has", differences),
        ("test: names that depend on how an environment is written", spelling),
        ("test: a set that is refused for another reason, and one that is not", refusals),
        ("test: a tool that is missing is a failure that says how to get it", missing_tool),
    ]


def templates() -> list[str]:
    with repository({"deploy/azure/main.bicep": "param unused string\nparam x int = 'text'\n", "deploy/azure/prod.bicepparam": "using 'main.bicep'\n"}) as root:
        (template, parameters) = (check() for _, check in compiler.checks(root))
    return said(template, "no-unused-params", "BCP033") + said(parameters, "BCP258")


def subscription() -> list[str]:
    template = """targetScope = 'subscription'
param name string
resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = { name: 'rg-${name}', location: deployment().location }
"""
    files = {"deploy/azure/main.bicep": template, "deploy/azure/dev.bicepparam": "using 'main.bicep'\nparam name = readEnvironmentVariable('AZURE_ENV_NAME')\n"}
    with repository(files) as root:
        problems = [problem for _, check in compiler.checks(root) for problem in check()] + predictions.failures(root)
        names = [one["id"] for one in predictions.trees(root)["dev"]["resources"]]
    return problems + said(names, "000000000002/resourceGroups/rg-dev")


def differences() -> list[str]:
    with repository({"deploy/azure/main.bicep": GROUP + TEMPLATE, "deploy/checks/environments/one.bicepparam": SET}) as root:
        predictions.write(root)
        problems = [f"written just now: {line}" for line in predictions.differences(root)]
        path = root / predictions.FOLDER / "one.json"
        path.write_text(path.read_text(encoding="utf-8").replace("rg-account", "rg-other"), encoding="utf-8")
        path.with_name("gone.json").write_text("{}", encoding="utf-8")
        return problems + said(predictions.differences(root), "rg-other", "lines differ", "gone.json belongs to no set")


def spelling() -> list[str]:
    template = GROUP + "param name string\nresource group 'Microsoft.Resources/resourceGroups@2024-03-01' = { name: 'rg-${uniqueString(name)}', location: deployment().location }\n"
    files = {"deploy/azure/main.bicep": template, "deploy/azure/dev.bicepparam": "using 'main.bicep'\nparam name = readEnvironmentVariable('AZURE_ENV_NAME')\n"}
    with repository(files) as root:
        return said(predictions.spelling(root), "would be created as a second resourcegroups")


def refusals() -> list[str]:
    cases = [
        {"case": "wrong", "changes": {"param copies = 1": "param copies = 13"}, "says": ["thirteen copies are refused"]},
        {"case": "short", "changes": {"param name = 'account'": "param name = 'a'"}, "says": ["too short"]},
        {"case": "block", "changes": {"param more = {": ""}, "says": ["more"]},
        {"case": "other", "changes": {"param copies = 1": "param copies = 13"}, "says": ["another reason"]},
        {"case": "fine", "changes": {"param copies = 1": "param copies = 2"}, "says": ["anything"]},
    ]
    files = {
        "deploy/azure/main.bicep": GROUP + TEMPLATE + "param more { a: int }\noutput more int = more.a\n",
        f"deploy/checks/environments/{predictions.CHANGED}.bicepparam": SET + "param copies = 1\nparam more = {\n  a: 1\n}\n",
        f"{predictions.REFUSED}": json.dumps(cases),
    }
    with repository(files) as root:
        problems = predictions.accepted(root)
    return said(problems, "other: it is refused, but not with `another reason`", "fine: it is not refused") + [
        f"one that is refused as it should be: {one}" for one in problems if one.startswith(("wrong", "short", "block"))
    ]


def missing_tool() -> list[str]:
    try:
        return [f"{find('no-such-tool')} is there"]
    except Missing as missing:
        return said([str(missing)], "no-such-tool is missing: type `./dev check deploy`")
