"""Checks that the gateway and its firewall let pass what the pages and sign-in send, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .environments import Environment, walk

FIREWALLS = "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies"


def checks(root: Path, environments: list[Environment]):
    return [
        ("firewall: the gateway passes what the pages send and follow", lambda: [f"{one.name}: {problem}" for one in environments for problem in gateway(root, one)]),
        ("firewall: sign-in is not inspected, and uploads need a credential", lambda: [f"{one.name}: {problem}" for one in environments for problem in signing_in(one)]),
    ]


# The parts of the addresses that the page sends bodies to: the id of an upload in blocks, and the index of a block.
ADDRESSED = {"session.id": "blob-1796035320-6303801-0123456789abcdef0123456789abcdef.0123abcd.IMG_1-2.jpg", "index": "12"}
# The bodies by method, and the content types that they may have.
SENT = {"POST": ("image/jpeg", "application/octet-stream"), "PUT": ("application/octet-stream",)}


def gateway(root: Path, environment: Environment) -> list[str]:
    """A page sends photos and blocks as request bodies, which the firewall would treat as forms that are too large. It also waits for a stream of events."""
    assets = root / "crates/upload-web/assets"
    script = "\n".join((assets / name).read_text(encoding="utf-8") for name in ("upload.js", "sending.js"))
    return gateway_for(script, environment)


def gateway_for(script: str, environment: Environment) -> list[str]:
    sent = re.findall(r'request\(sending, "(POST|PUT)", `([^?`]+)[^`]*`, \{', script)
    problems = [] if sent else ["the page sends no bodies"]
    for firewall in environment.all(FIREWALLS):
        if sent and firewall.get("properties.policySettings.requestBodyEnforcement") is not False:
            problems.append("bodies over 2,000 KB that are no form are refused")
        rules = allowing(firewall.config)
        for method, template in sent:
            path = re.sub(r"\$\{([^}]+)\}", lambda found: ADDRESSED[found[1]], template)
            conditions = [one for rule in rules if not methods(rule) or method in methods(rule) for one in rule["matchConditions"]]
            problems += passing(method, path, conditions)
    for one in environment.all("Microsoft.Network/applicationGateways"):
        if "EventSource(" in script and one.get("properties.globalConfiguration.enableResponseBuffering") is not False:
            problems.append("events wait in a buffer of the gateway")
    return problems


def methods(rule: dict[str, Any]) -> list[str]:
    return [value for one in rule["matchConditions"] if one["matchVariables"][0].get("variableName") == "RequestMethod" for value in one["matchValues"]]


def passing(method: str, path: str, conditions: list[dict[str, Any]]) -> list[str]:
    """What the page sends to a path must bypass the managed rules, and nothing else may."""
    problems = []
    conditions = [one for one in conditions if one.get("operator") == "Regex"]
    paths = patterns(conditions, "RequestUri", None)
    types = patterns(conditions, "RequestHeaders", "Content-Type")
    queries = ("", "?title=a+b%2Fc&tags=d") if method == "POST" else ("",)
    if not all(matches(paths, path + query) for query in queries):
        problems.append(f"the managed rules refuse images that are sent to {path}")
    others = (f"{path}/a", f"/a{path}", f"{path}?a=<b>", f"{path}?a=b c")
    problems += [f"more than {path} passes the managed rules" for other in others if matches(paths, other)][:1]
    if not all(matches(types, one) for one in SENT[method]):
        problems.append("the managed rules refuse images for what they are said to be")
    if any(matches(types, one) for one in ("text/html", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a")):
        problems.append("more than images passes the managed rules")
    return problems


def patterns(conditions: list[dict[str, Any]], variable: str, selector: str | None) -> list[str]:
    """Returns the regular expressions for a part of a request."""
    return [
        one["matchValues"][0]
        for one in conditions
        for part in one.get("matchVariables") or []
        if part.get("variableName") == variable and part.get("selector") == selector
    ]


def matches(expressions: list[str], text: str) -> bool:
    return any(re.search(expression, text) for expression in expressions)


# What App Service and Entra ID send during sign-in looks like an attack to the managed rules. Source:
# <https://learn.microsoft.com/azure/web-application-firewall/ag/web-application-firewall-troubleshoot>.
EXCLUDED = {
    ("RequestCookieValues", "StartsWith", "AppServiceAuthSession"),
    *(("RequestArgValues", "Equals", name) for name in ("id_token", "code", "state", "session_state")),
}
CREDENTIALS = {"Cookie", "Authorization"}


def signing_in(environment: Environment) -> list[str]:
    problems = []
    for firewall in environment.all(FIREWALLS):
        exclusions = firewall.get("properties.managedRules.exclusions") or []
        given = {(one["matchVariable"], one["selectorMatchOperator"], one["selector"]) for one in exclusions}
        problems += [f"the managed rules inspect {selector}, which sign-in sends" for _, _, selector in sorted(EXCLUDED - given)]
        problems += [f"the managed rules do not inspect {selector}, and sign-in does not need that" for _, _, selector in sorted(given - EXCLUDED)]
        problems += [f"{rule['name']} lets requests without a credential pass the managed rules" for rule in allowing(firewall.config) if not CREDENTIALS & headers(rule)]
    return problems


def allowing(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in walk(config) if one.get("action") == "Allow"]


def headers(rule: dict[str, Any]) -> set[str]:
    """Returns the headers for which a rule has conditions."""
    variables = [one for condition in rule["matchConditions"] for one in condition["matchVariables"]]
    return {one["selector"] for one in variables if one["variableName"] == "RequestHeaders"}
