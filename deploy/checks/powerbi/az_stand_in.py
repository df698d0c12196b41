"""Stands in for `az rest` in the tests of the script that creates the mirror.

It answers with two pages of connections, and with a mirror once the script has created one. It evaluates queries in
JMESPath, as the Azure CLI does. It is a program of its own, because it is started for every call.
"""

import json
import os
import sys
from pathlib import Path

import jmespath

CONNECTIONS = [
    {"id": "cloud", "connectivityType": "ShareableCloud", "connectionDetails": {"type": "CosmosDB", "path": "https://cosmos-a.documents.azure.com:443/"}},
    {"id": "none", "connectivityType": "VirtualNetworkGateway", "connectionDetails": {"type": "CosmosDB", "path": None}},
    {"id": "longer", "connectivityType": "VirtualNetworkGateway", "connectionDetails": {"type": "CosmosDB", "path": "https://my-cosmos-a.documents.azure.com:443/"}},
    {"id": "right", "connectivityType": "VirtualNetworkGateway", "connectionDetails": {"type": "CosmosDB", "path": "https://cosmos-a.documents.azure.com:443/"}},
]


def main() -> None:
    place = Path(os.environ["STATE"])
    given = dict(zip(sys.argv[2:], sys.argv[3:]))
    url, made = given["--url"], place / "made"
    if given["--method"] == "post" and not url.endswith("/getMirroringStatus"):
        body = json.loads(given.get("--body", "null"))
        with (place / "sent").open("a", encoding="utf-8") as sent:
            sent.write(json.dumps({"url": url, "body": body}) + "\n")
        made.touch()
        (place / "running").write_text("Running" if url.endswith("/startMirroring") else "Initialized", encoding="utf-8")
        return
    found = jmespath.search(given["--query"], response(url, place, made.exists()))
    print("" if found is None else found)


def response(url: str, place: Path, made: bool) -> dict:
    if url.endswith("/getMirroringStatus"):
        return {"status": (place / "running").read_text(encoding="utf-8")}
    if url.endswith("/mirroredDatabases"):
        return {"value": [{"displayName": "darkroom", "id": "m"}] if made else []}
    if url.endswith("/connections"):
        return {"value": CONNECTIONS[:2], "continuationUri": f"{url}?continuationToken=x"}
    return {"value": CONNECTIONS[2:], "continuationUri": None}


if __name__ == "__main__":
    main()
