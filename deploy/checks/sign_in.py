"""Checks who can sign in: which tokens the web applications accept, and which roles people need."""

from __future__ import annotations

import re
from pathlib import Path

from .environments import Environment
from .policy import SITES, is_function_app

PROVIDER = "properties.identityProviders.azureActiveDirectory"
VALIDATION = f"{PROVIDER}.validation"
# App Service uses the managed identity that this setting names in place of a client secret. Source:
# <https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad>.
IDENTITY = "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID"


def checks(root: Path, environments: list[Environment]):
    script = (root / "deploy/azure/sign-in.sh").read_text(encoding="utf-8")
    code = (root / "crates/upload-web/src/auth.rs").read_text(encoding="utf-8")
    return [
        ("sign-in: the web applications take tokens of their own registration only", lambda: [f"{one.name}: {problem}" for one in environments for problem in tokens(one)]),
        ("sign-in: only people with a role get in, and the code knows the roles", lambda: registration(script, code)),
    ]


def tokens(environment: Environment) -> list[str]:
    """Without these lists, App Service accepts every token of the tenant, whichever application it was issued to."""
    problems = []
    settings = {one.id.rsplit("/config/", 1)[0]: one for one in environment.all(f"{SITES}/config") if one.id.endswith("/authsettingsV2")}
    for site in environment.all(SITES):
        if is_function_app(site) or site.id not in settings:
            continue
        client = settings[site.id].get(f"{PROVIDER}.registration.clientId")
        if settings[site.id].get(f"{PROVIDER}.registration.clientSecretSettingName") != IDENTITY or IDENTITY not in site.settings:
            problems.append(f"{site.name} does not sign in with its own identity")
        if settings[site.id].get(f"{VALIDATION}.allowedAudiences") != [f"api://{client}"]:
            problems.append(f"{site.name} accepts tokens that are meant for others")
        if settings[site.id].get(f"{VALIDATION}.defaultAuthorizationPolicy.allowedApplications") != [client]:
            problems.append(f"{site.name} accepts tokens that other applications got")
    return problems


def registration(script: str, code: str) -> list[str]:
    roles = dict(re.findall(r'"id": "([0-9a-f-]{36})", "value": "([\w.]+)"', script))
    first = re.search(r'\\"appRoleId\\": \\"([0-9a-f-]{36})\\"', script)
    admin = re.search(r'const ADMIN_ROLE: &str = "([^"]+)"', code)
    problems = [] if re.search(r"(?m)^ *az ad sp update .*--set appRoleAssignmentRequired=true$", script) else ["everybody in the tenant may sign in"]
    if "--sign-in-audience AzureADMyOrg" not in script:
        problems.append("people of other tenants may sign in without an invitation")
    if not admin or admin[1] not in roles.values():
        problems.append("the registration does not have the role of administrators that the code looks for")
    elif not first or roles.get(first[1]) != admin[1]:
        problems.append("the person who sets up sign-in is not made an administrator")
    return problems
