"""Roles: what Bicep assigns is what docs/deploy.md says, and what the code calls."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .bicep import Tree

NAMES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": "Storage Blob Delegator",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "de139f84-1756-47ae-9be6-808fbbe84772": "Website Contributor",
    "577a9874-89fd-4f24-9dbd-b5034d0ad23a": "Container Registry Data Importer and Data Reader",
    "428e0ff0-5e57-4d9c-a221-2c70d0e0a443": "EventGrid EventSubscription Contributor",
    "e147488a-f6f5-4113-8e2d-b22465e65bf6": "Key Vault Crypto Service Encryption User",
    "1c0163c0-47e6-4577-8991-ea5c82e286e4": "Virtual Machine Administrator Login",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "recordWriter": "Darkroom record writer",
    "recordKeeper": "Darkroom record keeper",
    "00000000-0000-0000-0000-000000000001": "Cosmos DB Built-in Data Reader",
}
IDENTITIES = {
    "functionsPrincipalId": "`id-functions`",
    "webBlobPrincipalId": "`id-web-blob`",
    "webKafkaPrincipalId": "`id-web-kafka`",
    "gatewayPrincipalId": "`id-gateway`",
    "eventsPrincipalId": "event topic",
    "analystsGroupId": "analysts",
    "operatorsGroupId": "operators",
    "encryptionPrincipalId": "`id-encryption`",
    "principalId": "deployer",
}
SCOPES = {
    "storage": "storage account",
    "uploads": "container `uploads`",
    "incoming": "container `incoming`",
    "renditions": "container `renditions`",
    "undelivered": "container `undelivered-events`",
    "inventories": "container `inventory`",
    "insights": "Application Insights",
    "registry": "registry",
    "cosmos": "Cosmos DB",
    "consumerSecret": "secret `kafka-consumer-secret`",
    "producerSecret": "secret `kafka-producer-secret`",
    "formSecret": "secret `web-form-secret`",
    "certificate": "secret of the certificate",
    "functionApp": "function app",
    "webBlobApp": "web app A",
    "webKafkaApp": "web app B",
    "topic": "event topic",
    "key": "key `data-encryption`",
    "host": "operators' host",
    "interface": "operators' host, its interface",
    "bastion": "Bastion",
}

Role = tuple[str, str, str]

# Calls of the SDKs, by the folder they stand in: what they do, and the roles that allow it there.
CALLS: dict[str, dict[str, list[tuple[str, set[str]]]]] = {
    "src": {
        ".download(": [("storage account", {"Storage Blob Data Owner"})],
        ".upload(": [("storage account", {"Storage Blob Data Owner"})],
        ".create(": [("storage account", {"Storage Blob Data Owner"})],
        ".get_properties(": [("storage account", {"Storage Blob Data Owner"})],
        ".list_blobs(": [("storage account", {"Storage Blob Data Owner"})],
        ".delete(": [("storage account", {"Storage Blob Data Owner"})],
        ".read_item(": [("Cosmos DB", {"Darkroom record writer"})],
        ".create_item(": [("Cosmos DB", {"Darkroom record writer"})],
        ".replace_item(": [("Cosmos DB", {"Darkroom record writer"})],
    },
    "crates/upload-web/src": {
        ".stage_block(": [("container `uploads`", {"Storage Blob Data Contributor"})],
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
# Made on a developer's machine only, where the account is Azurite: see App::prepare_local_storage.
LOCAL_ONLY = {("crates/upload-web/src", ".create(")}
CALLERS = {"src": ["`id-functions`"], "crates/upload-web/src": ["`id-web-blob`", "`id-web-kafka`"]}
# Every call of the SDKs that reaches data; a new one has to be given its role above.
DATA_CALL = re.compile(
    r"\.(upload|download|stage_block|commit_block_list|get_properties|set_properties|set_metadata|list_blobs|upsert_item|create_item|replace_item|patch_item"
    r"|read_item|delete_item|query_items|send_message|receive_messages|peek_messages|delete_message|create|delete)(?:::<[^>]*>)?\("
)
# What the narrow Cosmos DB roles have to allow, by the call.
ITEM_ACTIONS = {
    "upsert_item": ["items/upsert"],
    "create_item": ["items/create"],
    "replace_item": ["items/replace"],
    "patch_item": ["items/replace"],
    "read_item": ["items/read"],
    "query_items": ["executeQuery"],
    "delete_item": ["items/delete"],
}


def checks(root: Path, tree: Tree):
    assigned = assigned_by(tree)
    calls = calls_of(root)
    return [
        ("roles: the table of docs/deploy.md is what Bicep assigns", lambda: compare(assigned, table((root / "docs/deploy.md").read_text(encoding="utf-8")))),
        ("roles: every call of the SDKs has its role", lambda: uncovered(assigned, calls)),
        ("roles: the roles of Cosmos DB allow the calls, and no more", lambda: actions(tree, calls)),
    ]


def accessed(value: Any) -> tuple[str, str] | None:
    """`a.b` as a pair."""
    if isinstance(value, dict) and value.get("operator", {}).get("type") == "property_accessor":
        operands = value["operator"]["operands"]
        return str(operands["operand_1"]), str(operands["operand_2"])
    return None


def assigned_by(tree: Tree) -> set[Role]:
    found: set[Role] = set()
    for file in tree.files.values():
        keys = {}
        for match in re.finditer(r"(\w+): subscriptionResourceId\('Microsoft.Authorization/roleDefinitions', '([0-9a-f-]{36})'\)", file.text):
            keys[match[1]] = match[2]
        for one in file.resources:
            if one.type.endswith("/roleAssignments") and one.type.startswith("Microsoft.Authorization"):
                pair = accessed(one.get("properties.roleDefinitionId"))
                role = keys.get(pair[1], pair[1]) if pair else str(one.get("properties.roleDefinitionId"))
                scope = str(one.get("scope"))
            elif one.type.endswith("/sqlRoleAssignments"):
                definition = one.get("properties.roleDefinitionId")
                pair = accessed(definition)
                role = pair[0] if pair else str(definition).rsplit("/", 1)[-1]
                scope = (accessed(one.get("properties.scope")) or ("?", ""))[0]
            else:
                continue
            who = str(one.get("properties.principalId"))
            found.add((IDENTITIES.get(who, who), NAMES.get(role, role), SCOPES.get(scope, scope)))
    return found


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
                problems.append(f"{folder} calls {call}…), and infra/checks/roles.py names no role for it")
                continue
            for scope, allowed in CALLS[folder][call]:
                for who in CALLERS[folder]:
                    if not any((who, role, scope) in assigned for role in allowed):
                        problems.append(f"{folder} calls {call}…), for which {who} needs {' or '.join(sorted(allowed))} on {scope}")
    return problems


def actions(tree: Tree, calls: dict[str, set[str]]) -> list[str]:
    problems = []
    for folder, symbol in (("src", "recordWriter"), ("crates/upload-web/src", "recordKeeper")):
        definitions = [one for one in tree.resources("Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions") if one.symbol == symbol]
        if not definitions:
            problems.append(f"there is no role {symbol}")
            continue
        permitted = definitions[0].get("properties.permissions")[0]["dataActions"]
        allowed = {action.split("sqlDatabases/containers/")[-1] for action in permitted}
        wanted = {action for call in calls[folder] for action in ITEM_ACTIONS.get(call.strip(".("), [])}
        # Clients read metadata at their start; an upsert is a creation or a replacement; queries may read feeds.
        companions = {"Microsoft.DocumentDB/databaseAccounts/readMetadata"}
        companions |= {"items/create", "items/replace"} if "items/upsert" in wanted else set()
        companions |= {"readChangeFeed"} if "executeQuery" in wanted else set()
        problems += [f"{symbol} does not allow {action}" for action in sorted(wanted - allowed)]
        problems += [f"{symbol} allows {action}, which nothing calls" for action in sorted(allowed - wanted - companions)]
    return problems
