"""Checks that the assigned roles are those of docs/operations.md, and that they allow what the code calls."""

from __future__ import annotations

import re
from pathlib import Path

from .environments import Environment, Resource

NAMES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": "Storage Blob Delegator",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a": "Storage Queue Data Message Sender",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "73c42c96-874c-492b-b04d-ab87d138a893": "Log Analytics Reader",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "e147488a-f6f5-4113-8e2d-b22465e65bf6": "Key Vault Crypto Service Encryption User",
    "1c0163c0-47e6-4577-8991-ea5c82e286e4": "Virtual Machine Administrator Login",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "de139f84-1756-47ae-9be6-808fbbe84772": "Website Contributor",
    "577a9874-89fd-4f24-9dbd-b5034d0ad23a": "Container Registry Data Importer and Data Reader",
    "d5a91429-5739-47e2-a06b-3470a27159e7": "EventGrid Data Sender",
    "428e0ff0-5e57-4d9c-a221-2c70d0e0a443": "EventGrid EventSubscription Contributor",
    "00000000-0000-0000-0000-000000000001": "Cosmos DB Built-in Data Reader",
}
# Identities by the beginning of their names, and people by the ids in environments/kafka-trigger.bicepparam.
IDENTITIES = {
    "evgt-": "event topic",
    "00000000-0000-0000-0000-0000000000a1": "analysts",
    "00000000-0000-0000-0000-0000000000a2": "operators",
    "00000000-0000-0000-0000-0000000000a3": "deployer",
    "00000000-0000-0000-0000-0000000000a4": "mirror",
}
# The scopes of role assignments, by a part of their ids.
SCOPES = {
    r"/containers/([\w-]+)$": "container `{}`",
    r"/queues/([\w-]+)$": "queue `{}`",
    r"/storageAccounts/stdark\w+$": "images account",
    r"/storageAccounts/sthost\w+$": "host account",
    r"/secrets/gateway-certificate$": "secret of the certificate",
    r"/secrets/([\w-]+)$": "secret `{}`",
    r"/keys/([\w-]+)$": "key `{}`",
    r"/virtualMachines/[\w-]+$": "operators' host",
    r"/networkInterfaces/[\w-]+$": "operators' host, its interface",
    r"/bastionHosts/[\w-]+$": "Bastion",
    r"/components/[\w-]+$": "Application Insights",
    r"/workspaces/[\w-]+$": "log workspace",
    r"/registries/\w+$": "registry",
    r"/colls/([\w-]+)$": "Cosmos DB container `{}`",
    r"/databaseAccounts/[\w-]+$": "Cosmos DB",
    r"/systemTopics/[\w-]+$": "event topic",
    r"/topics/[\w-]+$": "topic of image events",
    r"/serverfarms/plan-func-[\w-]+$": "plan of the function app",
    r"/sites/func-[\w-]+$": "function app",
    r"/sites/app-blob-[\w-]+$": "web app A",
    r"/sites/app-kafka-[\w-]+$": "web app B",
}

Role = tuple[str, str, str]

READ = {"Storage Blob Data Reader", "Storage Blob Data Contributor"}
WRITE = {"Storage Blob Data Contributor"}


def on(containers: list[str], roles: set[str]) -> list[tuple[str, set[str]]]:
    return [(f"container `{name}`", roles) for name in containers]


# Calls of the SDKs by folder: what they do, and the roles that allow them there.
CALLS: dict[str, dict[str, list[tuple[str, set[str]]]]] = {
    "src": {
        ".download(": on(["uploads", "incoming", "runs"], READ),
        ".get_properties(": on(["uploads", "incoming", "attempts", "runs"], READ),
        ".upload(": on(["renditions", "dead-letter", "attempts", "runs"], WRITE),
        ".create(": on(["renditions", "dead-letter", "attempts", "runs"], WRITE),
        ".list_blobs(": on(["uploads", "renditions", "attempts", "runs"], READ),
        # Only `darkroom erase` deletes an original, and it runs with the rights of the person who runs it.
        ".delete(": on(["renditions", "attempts"], WRITE),
        ".send_message(": [("images account", {"Storage Queue Data Contributor"})],
        ".query_items(": [("Cosmos DB", {"Darkroom record writer"})],
        ".read_item(": [("Cosmos DB", {"Darkroom record writer"})],
        ".create_item(": [("Cosmos DB", {"Darkroom record writer"})],
        ".replace_item(": [("Cosmos DB", {"Darkroom record writer"})],
    },
    "crates/upload-web/src": {
        ".upload(": [("container `runs`", {"Storage Blob Data Contributor"})],
        ".send_message(": [("queue `darkroom-runs`", {"Storage Queue Data Message Sender"})],
        ".stage_block(": [("container `uploads`", {"Storage Blob Data Contributor"})],
        ".stage_block_from_url(": [("container `staging`", {"Storage Blob Data Contributor"}), ("images account", {"Storage Blob Delegator"})],
        ".get_user_delegation_key(": [("images account", {"Storage Blob Delegator"})],
        ".commit_block_list(": [("container `uploads`", {"Storage Blob Data Contributor"})],
        ".get_properties(": [("container `uploads`", {"Storage Blob Data Contributor"})],
        ".download(": [("container `renditions`", {"Storage Blob Data Contributor"})],
        ".delete(": [("container `uploads`", {"Storage Blob Data Contributor"}), ("container `renditions`", {"Storage Blob Data Contributor"})],
        ".list_blobs(": [("container `renditions`", {"Storage Blob Data Contributor"})],
        ".create_item(": [("Cosmos DB", {"Darkroom record keeper"})],
        ".replace_item(": [("Cosmos DB", {"Darkroom record keeper"})],
        ".read_item(": [("Cosmos DB", {"Darkroom record keeper"})],
        ".query_items(": [("Cosmos DB", {"Darkroom record keeper"})],
    },
}
# Containers are created, and rules of an account set, only on a developer's machine, where the account is Azurite: see
# App::prepare_local_storage.
LOCAL_ONLY = {("crates/upload-web/src", ".create("), ("crates/upload-web/src", ".set_properties(")}
CALLERS = {"src": ["`id-functions`"], "crates/upload-web/src": ["`id-web-blob`", "`id-web-kafka`"]}
# Every call of the SDKs that accesses data. A new one has to get its role above.
DATA_CALL = re.compile(
    r"\.(upload|download|stage_block|commit_block_list|get_properties|set_properties|set_metadata|list_blobs|upsert_item|create_item|replace_item|patch_item"
    r"|read_item|delete_item|query_items|send_message|receive_messages|peek_messages|delete_message|create|delete)(?:::<[^>]*>)?\("
)
# The actions that the narrow Cosmos DB roles have to allow, by call.
ITEM_ACTIONS = {
    "upsert_item": ["items/upsert"],
    "create_item": ["items/create"],
    "replace_item": ["items/replace"],
    "patch_item": ["items/replace"],
    "read_item": ["items/read"],
    "query_items": ["executeQuery"],
    "delete_item": ["items/delete"],
}


# What the Functions host itself does for its Cosmos DB trigger: it follows the changes of one container, and finds,
# takes, renews and releases leases in another. Source:
# <https://learn.microsoft.com/azure/cosmos-db/change-feed-processor>.
HOST_ROLES = {
    "Darkroom change reader": {"readChangeFeed"},
    "Darkroom lease keeper": {"executeQuery", "readChangeFeed", "items/create", "items/read", "items/replace", "items/upsert", "items/delete"},
}


def checks(root: Path, environments: list[Environment]):
    assigned = {role for environment in environments for role in assigned_in(environment)}
    calls = calls_of(root)
    return [
        ("roles: the table of docs/operations.md is what Bicep assigns", lambda: compare(assigned, table((root / "docs/operations.md").read_text(encoding="utf-8")))),
        ("roles: every call of an SDK has its role", lambda: uncovered(assigned, calls)),
        ("roles: the roles of Cosmos DB allow the calls, and no more", lambda: actions(environments, calls)),
    ]


def assigned_in(environment: Environment) -> set[Role]:
    own = {
        one.id.rsplit("/", 1)[-1].lower(): one.get("properties.roleName")
        for type_ in ("Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions", "Microsoft.Authorization/roleDefinitions")
        for one in environment.all(type_)
    }
    found = set()
    for one in environment.all("Microsoft.Authorization/roleAssignments"):
        found.add((who(one), role(one, own), scope(one.scope)))
    for one in environment.all("Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments"):
        found.add((who(one), role(one, own), scope(str(one.get("properties.scope")))))
    return found


def who(one: Resource) -> str:
    for start, name in IDENTITIES.items():
        if one.principal.startswith(start):
            return name
    # The ends of the names differ between environments.
    return f"`{re.sub('-darkroom-[a-z0-9]+$', '', one.principal)}`"


def role(one: Resource, own: dict[str, str]) -> str:
    given = str(one.get("properties.roleDefinitionId")).rsplit("/", 1)[-1].strip("']()").lower()
    # The account's name distinguishes the roles of one environment.
    return re.sub(r" (stdark|func-)[\w-]+$", "", NAMES.get(given) or own.get(given) or given)


def scope(id_: str | None) -> str:
    if id_ is None:
        return "resource group"
    for pattern, name in SCOPES.items():
        if match := re.search(pattern, id_):
            return name.format(*match.groups())
    return id_


def table(page: str) -> set[Role]:
    rows: set[Role] = set()
    inside = False
    for line in page.splitlines():
        if line.startswith("| identity | role | on |"):
            inside = True
        elif inside and not line.startswith("|"):
            break
        elif inside and not line.startswith("|---"):
            who, role, where, why = (cell.strip() for cell in line.strip("|").split("|"))
            if why:
                rows.add((who, role, where))
    return rows


def compare(assigned: set[Role], documented: set[Role]) -> list[str]:
    return [f"not in the table, or without a reason: {', '.join(role)}" for role in sorted(assigned - documented)] + [
        f"in the table, and assigned nowhere: {', '.join(role)}" for role in sorted(documented - assigned)
    ]


def calls_of(root: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for folder in CALLS:
        found[folder] = set()
        for path in sorted((root / folder).rglob("*.rs")):
            code = path.read_text(encoding="utf-8").split("#[cfg(test)]")[0]
            if "azure_" not in code and "blob_client" not in code and "records" not in code:
                continue
            found[folder] |= {f".{call}(" for call in DATA_CALL.findall(code)}
    return found


def uncovered(assigned: set[Role], calls: dict[str, set[str]]) -> list[str]:
    problems = []
    for folder, found in calls.items():
        for call in sorted(found):
            if (folder, call) in LOCAL_ONLY:
                continue
            if call not in CALLS[folder]:
                problems.append(f"{folder} calls {call}…), and deploy/checks/roles.py does not say which role that needs")
                continue
            for scope, allowed in CALLS[folder][call]:
                for who in CALLERS[folder]:
                    if not any((who, role, scope) in assigned for role in allowed):
                        problems.append(f"{folder} calls {call}…), for which {who} needs {' or '.join(sorted(allowed))} on {scope}")
    return problems


def actions(environments: list[Environment], calls: dict[str, set[str]]) -> list[str]:
    problems = []
    definitions = {
        one.get("properties.roleName"): one
        for environment in environments
        for one in environment.all("Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions")
    }
    for name, wanted in HOST_ROLES.items():
        permitted = definitions[name].get("properties.permissions")[0]["dataActions"] if name in definitions else []
        allowed = {action.split("sqlDatabases/containers/")[-1] for action in permitted} - {"Microsoft.DocumentDB/databaseAccounts/readMetadata"}
        if allowed != wanted:
            problems.append(f"{name} allows {sorted(allowed)}, and not {sorted(wanted)}")
    for folder, name in (("src", "Darkroom record writer"), ("crates/upload-web/src", "Darkroom record keeper")):
        if name not in definitions:
            problems.append(f"there is no role {name}")
            continue
        permitted = definitions[name].get("properties.permissions")[0]["dataActions"]
        allowed = {action.split("sqlDatabases/containers/")[-1] for action in permitted}
        wanted = {action for call in calls[folder] for action in ITEM_ACTIONS.get(call.strip(".("), [])}
        # Clients read metadata at their start. An upsert is a creation or a replacement. Queries may read feeds.
        companions = {"Microsoft.DocumentDB/databaseAccounts/readMetadata"}
        companions |= {"items/create", "items/replace"} if "items/upsert" in wanted else set()
        companions |= {"readChangeFeed"} if "executeQuery" in wanted else set()
        problems += [f"{name} does not allow {action}" for action in sorted(wanted - allowed)]
        problems += [f"{name} allows {action}, which nothing calls" for action in sorted(allowed - wanted - companions)]
    return problems
