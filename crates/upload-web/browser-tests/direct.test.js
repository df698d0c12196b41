// Files that the browser writes into Blob Storage itself, and what happens where the network does not let it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, visitor } from "./support/browser.js";
import { drawAlbum } from "./support/album.js";
import { startStack } from "./support/stack.js";

const MIB = 1 << 20;

let browser;
let stack;
let album;

before(async () => {
  [browser, stack] = await Promise.all([launch(), startStack({ settings: { DARKROOM_DIRECT_UPLOAD: "true" } })]);
  album = await drawAlbum(browser, stack);
});

after(async () => {
  await browser?.close();
  await stack?.stop();
  await album?.remove();
});

/** Opens the form, and counts the blocks by the way that they take. */
async function open(page) {
  const sent = { direct: [], through: [] };
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (request.method() !== "PUT") return;
    if (url.searchParams.get("comp") === "block") sent.direct.push(Number(atob(url.searchParams.get("blockid")).slice(0, 8)));
    else sent.through.push(Number(url.pathname.split("/").at(-1)));
  });
  await page.goto("/upload");
  return sent;
}

async function choose(page, photos) {
  await page.getByLabel("Choose images").setInputFiles(photos.map(({ path }) => path));
}

async function isThere(page, { name, sha256 }) {
  const { images } = await (await page.request.get("/api/v1/images")).json();
  const found = images.filter(({ file }) => file.name === name);
  assert.deepEqual(found.map(({ file }) => file.sha256), [sha256]);
  return found[0];
}

async function finish(page) {
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

test("blocks go straight into storage, for both flows", async () => {
  const page = await visitor(browser, stack.local);
  for (const flow of ["Blob Storage", "Kafka"]) {
    const sent = await open(page);
    const large = await album.onDisk(`${flow}.jpg`, 3 * MIB + 5);
    await page.getByLabel("Title").fill(`By ${flow}`);
    await page.getByLabel(flow).check();
    await choose(page, [large]);
    await page.getByText("1 of 1 processed.").waitFor();
    assert.deepEqual(sent, { direct: [0, 1, 2, 3], through: [] });
    const record = await isThere(page, large);
    assert.deepEqual(record.user, { title: `By ${flow}` });
    assert.equal(record.source.uploader, "local");
    page.removeAllListeners("request");
  }
  await finish(page);
});

test("after a reload only the missing blocks are written", async () => {
  const page = await visitor(browser, stack.local);
  page.on("dialog", (dialog) => dialog.accept());
  const sent = await open(page);
  const large = await album.onDisk("reload.jpg", 4 * MIB);
  let held = true;
  const third = new Promise((reached) => {
    page.route((url) => url.searchParams.get("comp") === "block", (route) => {
      if (!held || sent.direct.length <= 2) return route.continue();
      // It never comes to its end.
      reached();
    });
  });
  await choose(page, [large]);
  await third;
  await page.reload();
  held = false;
  const before = sent.direct.length;
  await choose(page, [large]);
  await page.getByText("1 of 1 processed.").waitFor();
  assert.deepEqual(sent.direct.slice(before), [2, 3]);
  assert.deepEqual(sent.through, []);
  await isThere(page, large);
  await finish(page);
});

test("an address that has expired is renewed", async () => {
  const page = await visitor(browser, stack.local);
  const sent = await open(page);
  const large = await album.onDisk("expired.jpg", 2 * MIB);
  // As if the first address had been signed half an hour ago.
  await page.route(/\/api\/v1\/uploads\?/, async (route) => {
    const answer = await route.fetch();
    const session = await answer.json();
    session.direct.url = session.direct.url.replace(/se=[^&]*/, "se=2020-01-01T00%3A00%3A00Z");
    await route.fulfill({ response: answer, json: session });
  });
  await choose(page, [large]);
  await page.getByText("1 of 1 processed.").waitFor();
  assert.deepEqual(sent, { direct: [0, 0, 1], through: [] });
  await isThere(page, large);
  await finish(page);
});

test("where the network does not let blocks pass, they go through the application without a click", async () => {
  const page = await visitor(browser, stack.local);
  const sent = await open(page);
  await page.route((url) => url.searchParams.get("comp") === "block", (route) => route.abort());
  const photos = [await album.onDisk("blocked 1.jpg", 3 * MIB), await album.onDisk("blocked 2.jpg", 2 * MIB)];
  await choose(page, photos);
  await page.getByText("2 of 2 processed.").waitFor();
  assert.ok(sent.direct.length <= 4, `${sent.direct.length} were tried in vain`);
  assert.equal(sent.through.length, 5);
  for (const one of photos) await isThere(page, one);
  await finish(page);
});

test("with an identity instead of a key, the address is signed with a user delegation key", async () => {
  const settings = { DARKROOM_DIRECT_UPLOAD: "true" };
  const other = await startStack({ handler: false, identity: true, settings });
  try {
    const page = await visitor(browser, other.local, { ignoreHTTPSErrors: true });
    const sent = await open(page);
    const large = await album.onDisk("delegated.jpg", 3 * MIB);
    const session = page.waitForResponse(/\/api\/v1\/uploads\?/);
    await choose(page, [large]);
    await page.getByText("Received, being processed").waitFor();
    assert.deepEqual(sent, { direct: [0, 1, 2], through: [] });
    const { direct } = await (await session).json();
    const signed = new URL(direct.url);
    assert.equal(signed.protocol, "https:");
    const { sp, sr, spr, skoid } = Object.fromEntries(signed.searchParams);
    assert.deepEqual({ sp, sr, spr, skoid }, { sp: "w", sr: "b", spr: "https", skoid: "00000000-0000-0000-0000-000000000002" });
    await finish(page);
  } finally {
    await other.stop();
  }
});
