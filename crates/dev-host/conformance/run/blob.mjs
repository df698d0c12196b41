// Blobs that are found by polling: what is sent for them, deferred and not, odd names, and the poison queue.
import { drain, listBlobs, ok, put, run, wipe } from "./drive.mjs";

const EVERY_BYTE = Buffer.from([...Array(256).keys()]);

for (const [kind, fn] of [
  ["plain", "BlobPlain"],
  ["string", "BlobString"],
  ["binary", "BlobBinary"],
  ["deferred", "BlobDeferred"],
]) {
  const blob = (name, file, data, options) =>
    run(`blob-${kind}-${name}`, {
      fn,
      act: () => put(`wire-${kind}`, `${kind}/${file}`, data, options),
    });
  await blob("text", "hello.txt", "hello", { type: "text/plain" });
  await blob("binary", "all.bin", EVERY_BYTE);
  await blob("empty", "empty.bin", "");
  await blob("json", "doc.json", '{"a":1.0,"when":"2026-11-27T10:00:00.000Z","b":"é"}', { type: "application/json" });
  await blob("bom", "bom.txt", Buffer.from([0xef, 0xbb, 0xbf, 0x68, 0x69]));
  await blob("metadata", "meta.bin", "x", {
    type: "image/jpeg",
    metadata: { By: "me", camelCase: "v", when: "2026-11-27T10:00:00.000Z", num: "12" },
    tags: { tag: "t" },
  });
}

const ODD_NAMES = [
  "a b.txt",
  "a#b.txt",
  "a%b.txt",
  "a%20b.txt",
  "a?b.txt",
  "a+b.txt",
  "a&b=c.txt",
  "it's.txt",
  'q"uote.txt',
  "back\\slash.txt",
  "é-nfc.txt",
  "e\u0301-nfd.txt",
  "日本/写真.jpg",
  "🙂.png",
  ".hidden",
  "dot./trail",
  "x".repeat(200) + ".txt",
  "{name}.txt",
  "a{b}c.txt",
  "a:b*c|d<e>.txt",
  "  lead.txt",
  "UPPER/Case.TXT",
  "a//b.txt",
  "a/../b.txt",
  "tab\tname.txt",
];

for (const [index, name] of ODD_NAMES.entries()) {
  const id = "name-" + String(index + 1).padStart(2, "0");
  await run(id, {
    fn: "BlobDeferredCosmosFirst",
    timeout: 9000,
    act: async () => {
      await put("wire-deferredc", name, "x");
      return name;
    },
    answer: ok({ Outputs: { record: { id }, copy: "copied" } }),
    effects: async () => {
      const found = await listBlobs("wire-out");
      await wipe("wire-out");
      return found.map(({ text, ...blob }) => blob);
    },
  });
}
await run("deferred-cosmos-first", {
  fn: "BlobDeferredCosmosFirst",
  act: () => put("wire-deferredc", "one.bin", EVERY_BYTE),
  answer: ok({ Outputs: { record: { id: "dcf" }, copy: "copied" } }),
  effects: () => listBlobs("wire-out"),
});
await run("deferred-blob-first", {
  fn: "BlobDeferredBlobFirst",
  act: () => put("wire-deferredb", "one.bin", EVERY_BYTE),
  answer: ok({ Outputs: { record: { id: "dbf" }, copy: "copied" } }),
  effects: () => listBlobs("wire-out"),
});
await run("blob-parts", {
  fn: "BlobParts",
  act: () => put("wire-parts", "2026/11/photo.one.jpg", "data"),
  answer: ok({ Outputs: { copy: "copied" } }),
  effects: () => listBlobs("wire-out"),
});
await run("blob-parts-none", { fn: "BlobParts", timeout: 6000, act: () => put("wire-parts", "noext", "data") });
await run("blob-poison", {
  fn: "BlobFail",
  n: 2,
  timeout: 60000,
  act: () => put("wire-fail", "bad.bin", "data"),
  answer: { status: 500, headers: { "content-type": "application/json" }, body: '{"error":"no"}' },
  settle: 3000,
  effects: async () => ({ poison: await drain("webjobs-blobtrigger-poison") }),
});
await run("blob-again-same-etag", {
  fn: "BlobString",
  timeout: 6000,
  act: () => put("wire-string", "string/hello.txt", "hello", { type: "text/plain" }),
});
