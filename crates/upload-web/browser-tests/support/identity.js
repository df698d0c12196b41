// A managed identity as App Service gives it to an application, and Azurite with HTTPS and Entra ID tokens, for which it
// hands out user delegation keys.

import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";

const ACCOUNT = "devstoreaccount1";

/** Makes a certificate in `folder` and starts the identity's endpoint. `stop` ends it. */
export async function startIdentity(folder) {
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  await promisify(execFile)("openssl", [
    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate,
    "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
  ]);
  const server = createServer((_, response) => {
    const now = Math.floor(Date.now() / 1000);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ access_token: token(now), expires_on: `${now + 3600}`, resource: "https://storage.azure.com", token_type: "Bearer" }));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    /** Arguments of Azurite. */
    azurite: ["--oauth", "basic", "--cert", certificate, "--key", key],
    /** Settings of an application whose storage is at these ports. */
    settings: (blob, queue) => ({
      ImageStorage__blobServiceUri: `https://127.0.0.1:${blob}/${ACCOUNT}`,
      ImageStorage__queueServiceUri: `https://127.0.0.1:${queue}/${ACCOUNT}`,
      ImageStorage__credential: "managedidentity",
      IDENTITY_ENDPOINT: `http://127.0.0.1:${server.address().port}/token`,
      IDENTITY_HEADER: "secret",
      SSL_CERT_FILE: certificate,
    }),
    stop: () => new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    }),
  };
}

/** Azurite reads the claims and does not check the signature. */
function token(now) {
  const part = (json) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const claims = {
    aud: "https://storage.azure.com", iss: "https://sts.windows.net/00000000-0000-0000-0000-000000000001/",
    iat: now - 60, nbf: now - 60, exp: now + 3600,
    oid: "00000000-0000-0000-0000-000000000002", tid: "00000000-0000-0000-0000-000000000001",
  };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.c2lnbmF0dXJl`;
}
