"""Shows that the checks can fail: broken inputs, each with the expected message."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

from .. import agreements, alerts, confluent, environments, firewall, links, metrics, roles, schemas, settings
from ..environments import Environment
from . import deployment, mutants, upkeep


def checks():
    return mutants.checks(environments.load()) + [
        ("test: a setting that is missing, and one too many", setting_differences),
        ("test: a setting is found in Rust code, and not in its tests", rust_settings),
        ("test: a role that is not in the table, and one only there", role_differences),
        ("test: an SDK call without a role", call_without_role),
        ("test: an event subscription to nobody", deaf_subscription),
        ("test: a metric that nobody records, and one that nobody shows", unknown_metrics),
        ("test: files that do not fit their schemas", broken_files),
        ("test: a provider that is not locked", broken_lock),
        ("test: workflows with secrets, loose versions and injections", broken_workflow),
        ("test: links that lead nowhere", broken_links),
        ("test: alerts that nobody explains", unexplained_alerts),
        ("test: a workbook that asks for nothing that is there", broken_workbook),
        ("test: a gateway in the way, and an index that is missing", broken_agreements),
    ] + deployment.checks() + upkeep.checks()


def expect(problems: list[str], wanted: list[str]) -> list[str]:
    return [f"nothing says: {one}; said was: {problems}" for one in wanted if not any(one in problem for problem in problems)]


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


def unknown_metrics() -> list[str]:
    code = 'metrics::count(&meter, "darkroom.images", x); metrics::seconds(\n    &meter,\n    "darkroom.lag",\n); KeyValue::new("darkroom.outcome", x)'
    target = {"expr": "sum by (darkroom_outcome) (darkroom_images_total) + darkroom_images", "legendFormat": "{{darkroom_gone}}"}
    problems = metrics.asked(code, json.dumps({"panels": [{"title": "Images", "targets": [target]}]}))
    problems += metrics.listed(code, "| `darkroom.images` | x |\n| `darkroom.old` | x |\n")
    return expect(
        problems,
        ["Images: nothing records darkroom_images", "nothing records darkroom_gone", "no panel shows darkroom.lag", "darkroom.lag is recorded, and not in the table", "darkroom.old is in the table"],
    ) + [problem for problem in problems if "outcome" in problem or "darkroom_images_total" in problem]


def role_differences() -> list[str]:
    page = "| identity | role | on | why |\n|---|---|---|---|\n| a | Reader | x | because |\n| a | Owner | x | |\n"
    documented = roles.table(page)
    problems = roles.compare({("a", "Owner", "x"), ("b", "Reader", "x")}, documented)
    return expect(problems, ["without a reason: a, Owner, x", "without a reason: b, Reader, x", "assigned nowhere: a, Reader, x"])


def call_without_role() -> list[str]:
    problems = roles.uncovered(set(), {"src": {".upload(", ".patch_item("}, "crates/upload-web/src": set()})
    return expect(problems, ["needs Storage Blob Data Contributor on container `renditions`", "does not say which role that needs"])


def deaf_subscription() -> list[str]:
    template = (
        "functionName=Host.Functions.Process&code= subjectBeginsWith: '/blobServices/default/containers/in/'\n"
        "var deadLetter = {\n  identity: {\n    type: 'SystemAssigned'\n  }\n  blobContainerName: 'undelivered-events'\n}\n"
        "resource one 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {\n  deadLetterWithResourceIdentity: deadLetter\n}\n"
    )
    lossy = template.replace("  deadLetterWithResourceIdentity: deadLetter\n", "")
    functions = {"Process": {"bindings": [{"type": "blobTrigger", "path": "uploads/{name}"}]}}
    problems = agreements.subscription_in(template, functions) + agreements.subscription_in(template, {}) + agreements.subscription_in("", functions)
    functions["Process"]["bindings"][0]["path"] = "in/{name}"
    deaf = functions | {"Remove": {"bindings": [{"type": "eventGridTrigger"}]}}
    problems += agreements.subscription_in(template, deaf) + agreements.subscription_in(template + "'${app.id}/functions/Other'", functions)
    problems += agreements.subscription_in(lossy, functions) + agreements.subscription_in(template.replace("undelivered-events", "gone"), functions)
    problems += [f"too strict: {one}" for one in agreements.subscription_in(template, functions)]
    expected = ["one keeps no events", "deadLetter keeps no events", "Process watches uploads/{name}, not in", "Process has no blob trigger", "names no function or no container"]
    return expect(problems, [*expected, "Remove has no Event Grid trigger, or no subscription", "Other has no Event Grid trigger, or no subscription"]) + [
        one for one in problems if one.startswith("too strict")
    ]


def broken_files() -> list[str]:
    function = {"bindings": [{"name": "req", "type": "httpTrigger", "direction": "in", "authLevel": "anonymous", "methods": ["post"]}]}
    problems = [f"function: {one}" for one in schemas.validate(function, "function")]
    host = {"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "./darkroom"}}, "extensions": {"kafka": {"commitOnFailure": True}}}
    problems += [f"host: {one}" for one in schemas.validate(host, "host")]
    problems += [f"azure: {one}" for one in schemas.validate({"name": "No", "services": {"a": {"host": "nowhere"}}}, "azd-stable")]
    return expect(
        problems,
        ["function: bindings/0", "host: customHandler/description/defaultExecutablePath", "host: extensions/kafka/commitOnFailure", "azure: name"],
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


def unexplained_alerts() -> list[str]:
    raised = Environment.of("a", {"resources": [{"type": "Microsoft.Insights/metricAlerts", "name": "alert-on-fire-darkroom-abc123"}], "outputs": {}})
    problems = alerts.explained("| alert | what |\n|---|---|\n| `all-well` | |\n\n| `on-fire` | of another table |\n", [raised])
    return expect(problems, ["what to do about on-fire", "the alert all-well, which nothing raises"])


def broken_workbook() -> list[str]:
    def chart(name: str, query: str, of: str = "@@WORKSPACE@@") -> dict:
        return {"type": 3, "name": name, "content": {"query": query, "crossComponentResources": [of]}}

    items = [
        chart("gone", "AppGone\n| count"),
        chart("status", "union\n  (StorageQueueLogs | where StatusCode == 201),\n  (AppRequests | summarize count())"),
        chart("elsewhere", "AppTraces | take 1", "/subscriptions/x"),
    ]
    problems = agreements.workbook_problems({"items": items}) + agreements.workbook_problems({"items": []})
    return expect(
        problems,
        ["gone: nothing sends AppGone", "status: StorageQueueLogs has StatusCode as text", "status: AppRequests is sampled", "elsewhere: it does not ask", "no charts"],
    )


def broken_agreements() -> list[str]:
    rules = {
        "type": "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies",
        "properties": {
            "customRules": [
                {"action": "Allow", "matchConditions": [{"operator": "Regex", "matchVariables": [{"variableName": "RequestUri"}], "matchValues": ["^/api/photos/.*"]}]},
            ],
        },
    }
    store = {
        "type": "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers",
        "properties": {"resource": {"indexingPolicy": {"includedPaths": [{"path": "/*"}, {"path": "/source/name/?"}], "excludedPaths": [{"path": "/source/*"}], "compositeIndexes": [[{"path": "/a", "order": "ascending"}]]}}},
    }
    broken = Environment.of("broken", {"resources": [rules, {"type": "Microsoft.Network/applicationGateways", "properties": {}}, store], "outputs": {}})
    script = 'request(sending, "POST", `/api/photos?${x}`, { body }); new EventSource("/events");'
    problems = firewall.gateway_for(script, broken) + firewall.gateway_for("", broken) + agreements.unindexed({"c.source.uploader", "c.source.name", "c.sourceful"}, broken)
    problems += agreements.uncomposed("ORDER BY c.a, c.b DESC", broken)
    return expect(
        problems,
        ["bodies over 2,000 KB", "the managed rules refuse images that are sent to /api/photos", "more than /api/photos passes", "for what they are said to be", "the page sends no bodies", "events wait in a buffer",
         "c.source.uploader is asked for, and /source/* is not indexed", "no index serves ORDER BY /a, /b"],
    ) + [f"too strict: {one}" for one in problems if "sourceful" in one or "source.name" in one]
