// Measures the web application:
//
//     node measure.js gallery [RECORDS]     time of a gallery page. The local database reads every record for every
//                                           query, where the service reads an index: what counts is the application's share
//     node measure.js uploads [FILES] [MB]  memory while many large files are sent at once

import { Agent, request } from "node:http";
import { readFile } from "node:fs/promises";

import { put, startStack } from "./support/stack.js";

async function gallery(count) {
  const stack = await startStack({ handler: false });
  try {
    for (let from = 0; from < count; from += 100) {
      const batch = Array.from({ length: Math.min(100, count - from) }, (_, at) => record(from + at));
      await Promise.all(batch.map((document) => put(`${stack.cosmos}/dbs/darkroom/colls/images/docs`, document, {
        "x-ms-documentdb-partitionkey": JSON.stringify([document.id]),
      }).then((response) => {
        if (!response.ok) throw new Error(`${response.status}`);
        return response.arrayBuffer();
      })));
    }
    const own = await cpuSeconds(stack.pid);
    const times = [];
    const sizes = [];
    for (let round = 0; round < 10; round++) {
      const started = performance.now();
      const response = await fetch(`${stack.local}/`);
      if (!response.ok) throw new Error(`the gallery answers ${response.status}`);
      sizes.push((await response.text()).length);
      times.push(performance.now() - started);
    }
    const cpu = (await cpuSeconds(stack.pid)) - own;
    times.sort((a, b) => a - b);
    console.log(`records                        ${count}`);
    console.log(`gallery page, median           ${times[5].toFixed(0)} ms`);
    console.log(`of that, CPU of upload-web     ${((cpu / 10) * 1000).toFixed(0)} ms`);
    console.log(`page before images             ${(Math.max(...sizes) / 1000).toFixed(1)} kB`);
  } finally {
    await stack.stop();
  }
}

function record(at) {
  const name = `${String(at).padStart(8, "0")}/photo.jpg`;
  const sha256 = String(at).padStart(64, "0");
  const rendition = (preset, width) => ({
    preset, outcome: "written", path: `${name}/${preset}.webp`, width, height: width, bytes: 9000, type: "image/webp", sha256,
  });
  return {
    id: name.replace("/", "=2F"), status: "processed", error: null,
    source: { kind: "blob", container: "uploads", name, uploader: "local" },
    file: { name: "photo.jpg", bytes: 3_000_000, type: "image/jpeg", sha256 },
    image: {
      format: "jpeg", width: 4000, height: 3000, codedWidth: 4000, codedHeight: 3000, orientation: 1, megapixels: 12, aspectRatio: 1.3333,
    },
    derived: { thumbhash: "1QcSHQRnh493V4dIh4eXh1h4kJUI", histogram: "A".repeat(256) },
    renditions: [rendition("thumb", 250), rendition("small", 640), rendition("medium", 1280), rendition("large", 1920)],
    user: { title: `Photo ${at}`, tags: "sea, summer" },
    processing: { handlerVersion: "0.1.0", milliseconds: { total: 250 } },
    createdAt: new Date(Date.UTC(2024, 0, 1) + at * 1000).toISOString(),
  };
}

async function uploads(count, megabytes) {
  const stack = await startStack({ handler: false, settings: { DARKROOM_UPLOADS_PER_USER: "1000" } });
  try {
    await send(stack.local, 1e6);
    const idle = await memory(stack.pid);
    const samples = [];
    const sampler = setInterval(() => void memory(stack.pid).then((value) => samples.push(value)), 100);
    const started = performance.now();
    const statuses = await Promise.all(Array.from({ length: count }, () => send(stack.local, megabytes * 1e6)));
    clearInterval(sampler);
    const seconds = (performance.now() - started) / 1000;
    const busy = samples.slice(Math.floor(samples.length * 0.2)).sort((a, b) => a - b);
    const at = (share) => busy[Math.min(busy.length - 1, Math.floor(busy.length * share))];
    console.log(`uploads                        ${count} of ${megabytes} MB at once, ${statuses.filter((s) => s === 202).length} accepted`);
    console.log(`time                           ${seconds.toFixed(1)} s, ${((count * megabytes) / seconds).toFixed(0)} MB/s`);
    console.log(`resident memory, idle          ${idle.toFixed(0)} MiB`);
    console.log(`resident memory, 5 % and 95 %  ${at(0.05).toFixed(0)} and ${at(0.95).toFixed(0)} MiB`);
    console.log(`resident memory, at most       ${at(1).toFixed(0)} MiB`);
  } finally {
    await stack.stop();
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
const CHUNK = Buffer.alloc(1 << 16, 7);

/** Sends a file of this many bytes that begins like a JPEG, without keeping it in memory. */
function send(base, bytes) {
  return new Promise((done, failed) => {
    const upload = request(`${base}/api/v1/images?filename=a.jpg`, {
      agent, method: "POST", headers: { "content-length": bytes },
    }, (response) => response.resume().once("end", () => done(response.statusCode)));
    upload.once("error", failed);
    upload.write(Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
    let left = bytes - 4;
    const more = () => {
      while (left > 0) {
        const size = Math.min(left, CHUNK.length);
        left -= size;
        if (!upload.write(CHUNK.subarray(0, size))) return upload.once("drain", more);
      }
      upload.end();
    };
    more();
  });
}

async function memory(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

async function cpuSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const [what, ...numbers] = process.argv.slice(2);
if (what === "gallery") await gallery(Number(numbers[0] ?? 10_000));
else if (what === "uploads") await uploads(Number(numbers[0] ?? 200), Number(numbers[1] ?? 20));
else console.error("usage: node measure.js gallery [RECORDS] | uploads [FILES] [MB]");
