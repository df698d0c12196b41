"""Deployments that would let in too many people, keep data for too long, or fail half-way."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Callable

from .. import agreements, alerts, documented, environments, firewall, load, report, schemas, scripts, sign_in
from ..environments import ROOT, Environment
from .mutants import changed
from .upkeep import expect

FIREWALL = "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies"
SCRIPT = """roles: {"id": "0c5e7d3b-8d0a-4f0c-9f0e-5f1d2f9a6b11", "value": "Darkroom.Admin"}
az ad app create --sign-in-audience AzureADMyOrg
az ad sp update --id "$client" --set appRoleAssignmentRequired=true
--body {\\"appRoleId\\": \\"0c5e7d3b-8d0a-4f0c-9f0e-5f1d2f9a6b11\\"}
"""
CODE = 'const ADMIN_ROLE: &str = "Darkroom.Admin";'


def checks():
    known = {one.name: one for one in environments.load()}
    return [
        ("test: a firewall that inspects sign-in, and one that lets strangers pass", lambda: firewalls(known["prod"])),
        ("test: a web application that takes the tokens of others", lambda: tokens(known["prod"])),
        ("test: a registration that everybody may use, and one without administrators", registrations),
        ("test: a topic of another account, and functions that are off", lambda: silent(known["kafka-trigger"])),
        ("test: blobs that outlive their records", lambda: retention(known["dev"])),
        ("test: a provider that nobody registers", lambda: providers(known["dev"])),
        ("test: an alert that needs logs unnoticed", lambda: silenced(known["dev"])),
        ("test: a setting of the deployment that is gone", settings),
        ("test: a load test that measures nothing", load_test),
        ("test: a check that cannot be carried out", impossible),
        ("test: scripts that work in the wrong subscription, or leave an endpoint open", broken_scripts),
    ]


def firewalls(prod: Environment) -> list[str]:
    exclusion = {"matchVariable": "RequestHeaderNames", "selectorMatchOperator": "Equals", "selector": "x"}
    open_ = changed(prod, FIREWALL, "properties.managedRules.exclusions", [exclusion])
    rule = [{"name": "All", "action": "Allow", "matchConditions": [{"matchVariables": [{"variableName": "RequestUri"}]}]}]
    return expect(
        firewall.signing_in(open_) + firewall.signing_in(changed(prod, FIREWALL, "properties.customRules", rule)),
        ["inspect AppServiceAuthSession", "inspect id_token", "inspect code", "inspect state", "inspect session_state", "do not inspect x", "All lets requests without a credential pass"],
    )


def tokens(prod: Environment) -> list[str]:
    wide = changed(prod, "Microsoft.Web/sites/config", sign_in.VALIDATION, {"allowedAudiences": ["api://another"]})
    secret = changed(prod, "Microsoft.Web/sites/config", f"{sign_in.PROVIDER}.registration.clientSecretSettingName", "SECRET")
    wanted = ["accepts tokens that are meant for others", "accepts tokens that other applications got", "does not sign in with its own identity"]
    return expect(sign_in.tokens(wide) + sign_in.tokens(secret), wanted)


def registrations() -> list[str]:
    problems = sign_in.registration(SCRIPT.replace("Required=true", "Required=false").replace("MyOrg", "Multiple"), CODE)
    problems += sign_in.registration(SCRIPT, CODE.replace("Admin\"", "Boss\"")) + sign_in.registration(SCRIPT.replace('f9a6b11\\"}', 'f9a6b12\\"}'), CODE)
    return expect(
        problems,
        ["everybody in the tenant may sign in", "people of other tenants", "does not have the role of administrators", "is not made an administrator"],
    ) + [f"too strict: {one}" for one in sign_in.registration(SCRIPT, CODE)]


def silent(kafka: Environment) -> list[str]:
    elsewhere = changed(kafka, "Microsoft.EventGrid/systemTopics", "properties.source", "/another")
    off = [{"name": f"AzureWebJobs.{name}.Disabled", "value": "true"} for name in ("ProcessMessage", "ProcessSink", "ProcessUpload", "PublishEvents")]
    deaf = changed(kafka, "Microsoft.Web/sites", "properties.siteConfig.appSettings", [*off, {"name": "DARKROOM_EVENTS", "value": "kafka"}], which="func-")
    functions: dict[str, dict] = {name: {} for name in ("ProcessMessage", "ProcessSink", "ProcessUpload", "PublishEvents")}
    return expect(
        agreements.topic(elsewhere) + agreements.switches(deaf, functions),
        ["the event topic is about /another", "no function reads the messages", "PublishEvents is off, and DARKROOM_EVENTS is kafka", "ProcessUpload is off"],
    )


def retention(dev: Environment) -> list[str]:
    longer = changed(dev, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers", "properties.resource.defaultTtl", 86400)
    return expect(agreements.retention(longer), ["blobs are deleted after {7} days, and records after {86400} seconds"])


def providers(dev: Environment) -> list[str]:
    names = {one.type.split("/")[0].removeprefix("Microsoft.") for one in dev.resources} - {"Web", "Authorization", "Resources"}
    page = f"for provider in {' '.join(sorted(names))}; do\n  az provider register"
    return expect(agreements.providers(page, [dev]), ["microsoft.web is not registered"])


def silenced(dev: Environment) -> list[str]:
    return expect(
        alerts.on_logs("| `log-cap` | the limit is reached, and `undelivered-events` is silent | |", [dev]),
        ["does not name dead-letters", "does not name poison-queue", "names undelivered-events, which needs no logs"],
    )


def settings() -> list[str]:
    types = "type Settings = {\n  web: WebSettings\n  more: (A | B)?\n}\n\ntype WebSettings = {\n  sku: string?\n}\n\ntype A = {\n  a: int\n}\n\ntype B = {\n  b: int\n}\n"
    page = "`web.sku: 'B1'`, `more.b`, `web.size`, `webSku`, `other.size` and `more.c.d`"
    return expect(documented.unset(page, documented.properties(types)), ["there is no setting web.size", "there is no setting more.c", "webSku is web.sku now"])


def load_test() -> list[str]:
    config = {
        "version": "v0.1", "testId": "a", "testType": "Locust", "testPlan": "a.py", "engineInstances": 0,
        "env": [{"name": "LOCUST_USERS", "value": "1"}, {"name": "USERS", "value": "1"}],
        "secrets": [{"name": "TOKEN", "value": "abc"}],
        "failureCriteria": [{"upload": "p95(response_time_ms) > 1"}, "median(latency) > 1"],
    }  # fmt: skip
    plan = 'photo = os.environ.get("PHOTO", "a.jpg")\nself.client.post("/api/v0/images", name="sent")\n'
    return expect(
        schemas.validate(config, "load-test") + load.disagreements(config, plan, '.route("/api/v1/images")') + load.disagreements({}, "", ""),
        ["engineInstances", "testId", "secrets/0", "failureCriteria/1", "nothing measures upload", "does not read TOKEN", "does not read USERS",
         "a.jpg, which is not uploaded", "no address /api/v0/images", "the plan sends nothing"],
    )  # fmt: skip


def impossible() -> list[str]:
    def check() -> list[str]:
        raise ValueError("a file is missing")

    return expect(report.found(check), ["ValueError: a file is missing"])


def broken_scripts() -> list[str]:
    problems: list[str] = []
    broken: list[tuple[Callable[[Path], list[str]], str, str, str]] = [
        (scripts.subscription, "subscribe.sh", r"(?s)az\(\) \{.*?\n\}\n", ""),
        (scripts.endpoints, "deploy-code.sh", "for scm in true false", "for scm in true"),
        (scripts.endpoints, "deploy-code.sh", "trap close EXIT", "trap close INT"),
        (scripts.endpoints, "deploy-code.sh", r"\nstatus=0", ""),
        (scripts.tenant, "sign-in.sh", "check_tenant; register", "register"),
        (scripts.packages, "package.sh", r" \|\| \./dev package --container \$options", ""),
    ]
    for check, script, old, new in broken:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            shutil.copytree(ROOT / "deploy/azure", root / "deploy/azure")
            path = root / "deploy/azure" / script
            path.write_text(re.sub(old, new, path.read_text(encoding="utf-8")), encoding="utf-8")
            problems += check(root)
    return expect(
        problems,
        ["subscribe.sh: the subscription is not named", "does not run access-restriction add --scm-site false", "does not run access-restriction remove",
         "deploy-code.sh ends with status", "works in the wrong tenant", "does not say what to do", "does not deploy while both",
         "does not run ./dev package --container"],
    )  # fmt: skip
