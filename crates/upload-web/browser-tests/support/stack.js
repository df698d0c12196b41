// Everything behind the browser, on free ports: storage, database, the Functions host with the
// handler, and the web application twice, with and without sign-in.

import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { startIdentity } from "./identity.js";

const REPOSITORY = resolve(import.meta.dirname, "../../../..");
const BINARIES = resolve(REPOSITORY, process.env.CARGO_TARGET_DIR ?? "target", process.env.PROFILE ?? "debug");
const ACCOUNT =
  "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const PATIENCE_MS = 90_000;

/**
 * Starts everything. `stop` ends it. Without the handler, uploads are accepted and wait. With an identity, which goes without
 * the handler, the web application has no account key.
 */
export async function startStack({ handler = true, identity = false, settings = {} } = {}) {
  const [blob, queue, table, cosmos, host, local, signedIn] = await freePorts(7);
  const root = await scriptRoot();
  const parts = [];
  const managed = identity ? await startIdentity(root) : null;
  let pid;
  const start = (program, args, env) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", process.env.SHOW_LOGS ? "inherit" : "ignore", "inherit"],
    });
    parts.unshift(child);
    return child;
  };
  const stop = async () => {
    for (const child of parts) await ended(child);
    await managed?.stop();
    await rm(root, { recursive: true, force: true });
  };
  try {
    start(process.env.AZURITE ?? join(REPOSITORY, "tools/node_modules/.bin/azurite"), [
      "--silent", ...(handler ? ["--inMemoryPersistence"] : ["--location", root]), "--disableTelemetry", "--skipApiVersionCheck",
      "--blobPort", `${blob}`, "--queuePort", `${queue}`, "--tablePort", `${table}`, ...managed?.azurite ?? [],
    ], { NODE_NO_WARNINGS: "1" });
    const endpoint = (port) => `http://127.0.0.1:${port}/devstoreaccount1`;
    const storage = `${ACCOUNT};BlobEndpoint=${endpoint(blob)};QueueEndpoint=${endpoint(queue)}`;
    const accounts = {
      AzureWebJobsStorage: storage,
      ...managed?.settings(blob, queue) ?? { ImageStorage: storage },
      CosmosDb: `AccountEndpoint=http://localhost:${cosmos}/;AccountKey=a2V5`,
      FUNCTIONS_WORKER_RUNTIME: "custom",
      KAFKA_TOPIC: "images",
    };
    await listens(blob);
    if (handler) {
      start(join(BINARIES, "functions-dev-host"), [
        "start", "--script-root", root, "--port", `${host}`, "--scan-interval", "0.2",
      ], accounts);
      const status = `http://127.0.0.1:${host}/admin/host/status`;
      await answers(status, (text) => text.includes('"Running"'));
      const { kafkaBrokers } = await (await fetch(status)).json();
      settings = { DARKROOM_FLOWS: "blob,kafka", KAFKA_BROKERS: kafkaBrokers, ...settings };
    } else {
      start(join(BINARIES, "functions-dev-host"), ["cosmos", "--listen", `127.0.0.1:${cosmos}`]);
      await answers(`http://127.0.0.1:${cosmos}/`);
      await makeContainer(`http://localhost:${cosmos}`);
    }
    const web = join(BINARIES, "upload-web");
    pid = start(web, [], { ...accounts, ...settings, PORT: `${local}`, DARKROOM_AUTH: "none" }).pid;
    start(web, [], { ...accounts, PORT: `${signedIn}`, WEBSITE_AUTH_ENABLED: "True" });
    await answers(`http://localhost:${local}/readyz`);
    await answers(`http://localhost:${signedIn}/readyz`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    local: `http://localhost:${local}`,
    signedIn: `http://localhost:${signedIn}`,
    cosmos: `http://localhost:${cosmos}`,
    /** The process id of the web application without sign-in. */
    pid,
    stop,
  };
}

/** Sends a document to Cosmos DB. The local one accepts every key. */
export function put(url, document, headers = {}) {
  return fetch(url, {
    method: "POST",
    headers: {
      authorization: "type%3Dmaster%26ver%3D1.0%26sig%3Da2V5",
      "content-type": "application/json",
      "x-ms-date": new Date().toUTCString(),
      "x-ms-version": "2020-07-15",
      ...headers,
    },
    body: JSON.stringify(document),
  });
}

async function makeContainer(cosmos) {
  await put(`${cosmos}/dbs`, { id: "darkroom" });
  const partitionKey = { paths: ["/id"], kind: "Hash", version: 2 };
  const response = await put(`${cosmos}/dbs/darkroom/colls`, { id: "images", partitionKey });
  if (!response.ok) throw new Error(await response.text());
}

/** What App Service authentication adds to the requests of a user. */
export function signedInAs(user) {
  const principal = {
    auth_typ: "aad", name_typ: "name", role_typ: "roles",
    claims: [
      { typ: "http://schemas.microsoft.com/identity/claims/objectidentifier", val: user },
      { typ: "name", val: user },
    ],
  };
  return { "X-MS-CLIENT-PRINCIPAL": Buffer.from(JSON.stringify(principal)).toString("base64") };
}

async function scriptRoot() {
  const root = await mkdtemp(join(tmpdir(), "darkroom-"));
  for (const file of ["host.json", "presets.toml"]) await cp(join(REPOSITORY, file), join(root, file));
  for (const name of ["ProcessUpload", "ProcessMessage"]) {
    const binding = `${name}/function.json`;
    const json = JSON.parse(await readFile(join(REPOSITORY, "functions", binding), "utf8"));
    // The broker here asks for no password.
    const { authenticationMode, username, password, ...trigger } = json.bindings[0];
    json.bindings[0] = trigger.protocol ? { ...trigger, protocol: "plaintext" } : trigger;
    await mkdir(join(root, name));
    await writeFile(join(root, binding), JSON.stringify(json));
  }
  await symlink(join(BINARIES, "darkroom"), join(root, "darkroom"));
  return root;
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((done, failed) => {
      const server = createServer();
      server.once("error", failed);
      server.listen(0, "127.0.0.1", () => done(server));
    })),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Waits until something listens on a port. */
async function listens(port) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!await isOpen(port)) {
    if (Date.now() > deadline) throw new Error(`waited in vain for port ${port}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

function isOpen(port) {
  return new Promise((tell) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => tell(false));
    socket.on("connect", () => {
      socket.destroy();
      tell(true);
    });
  });
}

/** Waits until an address gives any answer, or one that `good` accepts. */
async function answers(url, good = () => true) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      if (url.endsWith("/readyz") ? response.ok : good(await response.text())) return;
    } catch {
      // Not yet.
    }
    if (Date.now() > deadline) throw new Error(`no answer from ${url} in time`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    const kill = setTimeout(() => child.kill("SIGKILL"), 5_000);
    child.once("exit", () => {
      clearTimeout(kill);
      done();
    });
    child.kill("SIGTERM");
  });
}
