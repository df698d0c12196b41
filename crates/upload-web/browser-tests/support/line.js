// An unreliable line between a browser and a server: connections end in the middle of requests and of answers.

import { connect, createServer } from "node:net";

/** Forwards to `target`. `breaks` is called for each connection and returns after how many bytes the connection ends. */
export async function badLine(target, breaks) {
  const { hostname, port } = new URL(target);
  const open = new Set();
  const line = { broken: 0, breaks };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let left = line.breaks();
    const end = () => {
      open.delete(end);
      client.destroy();
      upstream.destroy();
    };
    open.add(end);
    const pass = (from, to) => {
      from.on("data", (bytes) => {
        left -= bytes.length;
        if (left < 0) {
          line.broken += 1;
          return end();
        }
        if (!to.write(bytes)) from.pause();
      });
      to.on("drain", () => from.resume());
      from.on("end", () => to.end());
      from.on("error", end);
      from.on("close", end);
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise((done) => server.listen(0, "localhost", done));
  line.url = `http://localhost:${server.address().port}`;
  line.stop = () => {
    for (const end of [...open]) end();
    return new Promise((done) => server.close(done));
  };
  return line;
}

/** Numbers from 0 to 1 that are the same in every run. */
export function dice(seed) {
  let state = seed;
  return () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
