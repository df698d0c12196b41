# Fabric notebook source

# METADATA ********************

# META {
# META   "kernel_info": {
# META     "name": "jupyter",
# META     "jupyter_kernel_name": "python3.11"
# META   },
# META   "dependencies": {}
# META }

# MARKDOWN ********************

# # Retention of the mirror
# A mirror does not see what Cosmos DB lets expire, and its tables are read-only. Stopping replication and starting it again makes
# all tables anew from the records that live. Run this on a schedule, at an hour when nobody reads.

# PARAMETERS CELL ********************

mirror = "darkroom"
minutes = 30

# METADATA ********************

# META {
# META   "language": "python",
# META   "language_group": "jupyter_python"
# META }

# CELL ********************

import time

import sempy.fabric as fabric

client = fabric.FabricRestClient()
workspace = fabric.get_workspace_id()


def call(method, path):
    response = client.request(method, f"/v1/workspaces/{workspace}/mirroredDatabases{path}")
    response.raise_for_status()
    return response.json() if response.content else {}


def wait_for(item, *wanted):
    """Mirroring stops and starts on its own time, and refuses to start while it is still stopping."""
    end = time.monotonic() + minutes * 60
    while (status := call("POST", f"/{item}/getMirroringStatus")["status"]) not in wanted:
        if time.monotonic() > end:
            raise TimeoutError(f"The mirror {mirror} is {status} after {minutes} minutes.")
        time.sleep(10)
    return status

# METADATA ********************

# META {
# META   "language": "python",
# META   "language_group": "jupyter_python"
# META }

# CELL ********************

item = next(one["id"] for one in call("GET", "")["value"] if one["displayName"] == mirror)

if wait_for(item, "Running", "Stopped", "Initialized") == "Running":
    call("POST", f"/{item}/stopMirroring")
    wait_for(item, "Stopped")
call("POST", f"/{item}/startMirroring")
print(f"The mirror {mirror} is {wait_for(item, 'Running')}.")

# METADATA ********************

# META {
# META   "language": "python",
# META   "language_group": "jupyter_python"
# META }
