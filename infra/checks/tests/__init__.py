"""Shows that the checks can fail: broken inputs, each with what has to be said about it."""

from __future__ import annotations

import copy
import json
import re
import tempfile
from pathlib import Path

from .. import agreements, confluent, links, modules, policy, powerbi, roles, schemas, settings
from ..bicep import Tree

BICEP = Path(__file__).parent / "bicep"


def checks():
    found = [(f"test: refuses tests/bicep/{path.name}", lambda path=path: refuses(path)) for path in sorted(BICEP.glob("*.bicep"))]
    return found + [
        ("test: a setting that is missing, and one too many", setting_differences),
        ("test: a setting is found in Rust code, and not in its tests", rust_settings),
        ("test: a role that is not in the table, and one only there", role_differences),
        ("test: an SDK call without a role", call_without_role),
        ("test: parameters and outputs of modules", module_differences),
        ("test: files that do not fit their schemas", broken_files),
        ("test: a provider that is not locked", broken_lock),
        ("test: workflows with secrets, loose versions and injections", broken_workflow),
        ("test: links that lead nowhere", broken_links),
        ("test: a model and a report that do not agree", broken_power_bi),
        ("test: a gateway in the way, an index that is missing, a door left open", broken_agreements),
    ]


def expect(problems: list[str], wanted: list[str]) -> list[str]:
    return [f"nothing says: {one}; said was: {problems}" for one in wanted if not any(one in problem for problem in problems)]


def refuses(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    wanted = re.findall(r"(?m)^// expects: (.+)$", text)
    tree = Tree()
    tree.add(path.name, text)
    problems = list(tree.errors)
    for _, check in policy.checks(tree) + modules.checks(tree):
        problems += check()
    return expect(problems, wanted) or ([] if wanted else ["it expects nothing"])


def setting_differences() -> list[str]:
    problems = settings.missing({"DARKROOM_LOG", "DARKROOM_X"}, {"DARKROOM_LOG"}, "the app")
    problems += settings.unread({"DARKROOM_LOG"}, {"DARKROOM_LOG", "DARKROOM_OLD", "AzureWebJobs.Gone.Disabled", "CosmosDb__key"}, {"ProcessUpload"})
    problems += [] if settings.unread({"A"}, {"AzureWebJobs.ProcessUpload.Disabled", "CosmosDb__clientId"}, {"ProcessUpload"}) == [] else ["too strict"]
    return expect(
        problems,
        ["the app does not set DARKROOM_X", "DARKROOM_OLD is set", "AzureWebJobs.Gone.Disabled is set", "CosmosDb__key is set"],
    ) + [one for one in problems if one == "too strict"]


def rust_settings() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        source.mkdir()
        (source / "settings.rs").write_text(
            'read(\n    &lookup,\n    "DARKROOM_A",\n)?; name("DARKROOM_B", x)?; lookup("DARKROOM_C"); read(&lookup, "PORT", 0);\n'
            '#[cfg(test)]\nmod tests { settings(&[("DARKROOM_D", "")]); lookup("DARKROOM_E"); }\n',
            encoding="utf-8",
        )
        found = settings.read_by(Path(folder), ("src",))
    return [] if found == {"DARKROOM_A", "DARKROOM_B", "DARKROOM_C"} else [f"found {sorted(found)}"]


def role_differences() -> list[str]:
    page = "| identity | role | on | why |\n|---|---|---|---|\n| a | Reader | x | because |\n| a | Owner | x | |\n"
    documented = roles.table(page)
    problems = roles.compare({("a", "Owner", "x"), ("b", "Reader", "x")}, documented)
    return expect(problems, ["without a reason: a, Owner, x", "without a reason: b, Reader, x", "assigned nowhere: a, Reader, x"])


def call_without_role() -> list[str]:
    problems = roles.uncovered(set(), {"src": {".upload(", ".patch_item("}, "crates/upload-web/src": set()})
    return expect(problems, ["needs Storage Blob Data Owner on storage account", "names no role for it"])


def module_differences() -> list[str]:
    tree = Tree()
    tree.add("modules/a.bicep", "param needed string\noutput name string = needed\n")
    tree.add("modules/b.bicep", "param x string\noutput y string = x\n")
    tree.add(
        "main.bicep",
        "module a 'modules/a.bicep' = {\n  name: 'a'\n  params: {\n    extra: 'x'\n  }\n}\n"
        "module c 'modules/c.bicep' = {\n  name: 'c'\n}\noutput o string = a.outputs.gone\n",
    )
    problems = list(tree.errors)
    for _, check in modules.checks(tree):
        problems += check()
    return expect(
        problems,
        ["has no parameter extra", "needs needed", "there is no modules/c.bicep", "has no output gone", "modules/b.bicep is used by no file"],
    )


def broken_files() -> list[str]:
    function = {"bindings": [{"name": "req", "type": "httpTrigger", "direction": "in", "authLevel": "anonymous", "methods": ["post"]}]}
    problems = [f"function: {one}" for one in schemas.validate(function, "function")]
    host = {"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "./darkroom"}}, "extensions": {"kafka": {"commitOnFailure": True}}}
    problems += [f"host: {one}" for one in schemas.validate(host, "host")]
    problems += [f"azure: {one}" for one in schemas.validate({"name": "No", "infra": {}, "services": {}}, "azure")]
    problems += [f"parameters: {one}" for one in schemas.validate({"$schema": "x", "contentVersion": "1", "parameters": {"a": {"value": "secret"}}}, "parameters")]
    return expect(
        problems,
        ["function: bindings/0", "host: customHandler/description/defaultExecutablePath", "host: extensions/kafka/commitOnFailure", "azure: name", "parameters: parameters/a/value"],
    )


def broken_lock() -> list[str]:
    loose = 'confluent = {\n  source  = "confluentinc/confluent"\n  version = "~> 2.0"\n}'
    exact = loose.replace("~> 2.0", "2.60.0")
    locked = 'provider "registry.terraform.io/confluentinc/confluent" {\n  version = "2.59.0"\n  hashes = [\n    "zh:' + "0" * 64 + '",\n  ]\n}'
    return expect(
        confluent.lock(locked, loose) + confluent.lock(locked, exact),
        ["versions.tf names no exact version", "the lock file is not about 2.60.0", "does not know the archive of every system"],
    )


def broken_workflow() -> list[str]:
    text = (
        "name: x\non:\n  pull_request_target:\npermissions:\n  contents: write\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@main\n      - uses: azure/login@v2\n        with:\n          creds: ${{ secrets.AZURE }}\n"
        "      - run: echo ${{ github.event.issue.title }}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bad.yml"
        path.write_text(text, encoding="utf-8")
        tree = schemas.load(path)
        problems = schemas.validate(tree, "workflow") + schemas.workflow(tree, text, Path(folder))
    return expect(
        problems,
        ["it reads a secret", "pull_request_target", "rights to write", "a has no timeout", "actions/checkout@main is not pinned",
         "leaves its token behind", "put together from an expression", "signs in with a secret", "needs id-token: write", "jobs/a"],
    )


def broken_links() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "a.md").write_text("# One\n[x](b.md) [y](a.md#two) [z](https://a b) [ok](a.md#one) [out](../x) `[code](gone.md)`\n<http://>\n[q](https://-_/)\n[s](ftp://x/y)\n", encoding="utf-8")
        problems = links.links(root)
    return expect(problems, ["b.md leads nowhere", "a.md#two: there is no such heading", "ftp://x/y has an unknown scheme"]) + [
        f"too strict: {one}" for one in problems if "gone.md" in one or "#one" in one
    ]


def broken_power_bi() -> list[str]:
    model = powerbi.Model()
    powerbi.parse("T.tmdl", "table T\n\n\tmeasure 'M' = SUM(T[gone]) + [Nothing]\n\n\tcolumn a\n    dataType: string\n", model)
    problems = model.problems + powerbi.measures(model)
    visual = {"name": "v", "visual": {"query": {"queryState": {"Y": {"projections": [{"field": {"Measure": {"Expression": {"SourceRef": {"Entity": "T"}}, "Property": "N"}}, "queryRef": "T.N"}]}}}}}
    problems += powerbi.visual(copy.deepcopy(visual), "other", model)
    schema = json.loads('{"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"properties": {"b": {}}}}}')
    problems += [] if powerbi.has(schema, schema, ["a", "b"]) and not powerbi.has(schema, schema, ["a", "c"]) else ["paths are not followed"]
    return expect(
        problems,
        ["indented with spaces", "the table T has no source", "there is no column T[gone]", "there is no measure [Nothing]", "there is no measure T.N", "the visual is named v"],
    ) + [one for one in problems if one == "paths are not followed"]


def broken_agreements() -> list[str]:
    tree = Tree()
    tree.add(
        "a.bicep",
        "resource firewall 'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies@2024-05-01' = {\n  name: 'waf'\n  properties: {\n"
        "    customRules: [\n      {\n        action: 'Allow'\n        matchConditions: [\n          {\n            operator: 'Regex'\n"
        "            matchValues: [\n              '^/api/photos/.*'\n            ]\n          }\n        ]\n      }\n    ]\n  }\n}\n"
        "resource gateway 'Microsoft.Network/applicationGateways@2024-05-01' = {\n  name: 'agw'\n}\n"
        "resource store 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2024-11-15' = {\n  name: 'images'\n  properties: {\n    resource: {\n"
        "      indexingPolicy: {\n        excludedPaths: [\n          {\n            path: '/source/*'\n          }\n        ]\n      }\n    }\n  }\n}\n",
    )
    script = 'request.open("POST", `/api/photos?${x}`); request.send(file); new EventSource("/events");'
    problems = tree.errors + agreements.gateway_for(script, tree) + agreements.unindexed({"c.source.uploader", "c.sourceful"}, tree)
    problems += agreements.doors_in("az functionapp config access-restriction add --scm-site true\naz functionapp deployment source config-zip\n")
    return expect(
        problems,
        ["bodies over 2,000 KB", "the managed rules refuse images that are sent to /api/photos", "more than /api/photos passes", "events wait in a buffer",
         "c.source.uploader is asked for, and /source/* is not indexed", "access-restriction add does not go", "access-restriction remove does not go"],
    ) + [f"too strict: {one}" for one in problems if "sourceful" in one]
