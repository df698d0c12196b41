// Tests that uploads survive lost connections, reloaded pages and pauses.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isAccessible, launch, visitor } from "./support/browser.js";
import { badLine, dice } from "./support/line.js";
import { drawAlbum } from "./support/album.js";
import { startStack } from "./support/stack.js";

const MIB = 1 << 20;

let browser;
let stack;
let album;

before(async () => {
  const settings = { DARKROOM_UPLOADS_PER_MINUTE: "6000" };
  [browser, stack] = await Promise.all([launch(), startStack({ settings })]);
  album = await drawAlbum(browser, stack);
});

after(async () => {
  await browser?.close();
  await stack?.stop();
  await album?.remove();
});

/** Asserts that the gallery has each of these photos once, with its bytes. */
async function areThereOnce(page, photos) {
  const found = [];
  for (let next = "/api/v1/images"; next;) {
    const answer = await (await page.request.get(new URL(next, stack.local).href)).json();
    found.push(...answer.images.map(({ file }) => `${file.name} ${file.sha256}`));
    next = answer.next && `/api/v1/images?after=${encodeURIComponent(answer.next)}`;
  }
  const wanted = photos.map(({ name, sha256 }) => `${name} ${sha256}`);
  const names = new Set(photos.map(({ name }) => name));
  assert.deepEqual(found.filter((one) => names.has(one.split(" ")[0])).sort(), wanted.sort());
}

/** Holds back the requests to these addresses until they are released, and counts the blocks that are sent. */
async function watch(page, held) {
  const seen = { blocks: [] };
  const gate = new Promise((open) => { seen.letGo = open; });
  await page.route("**/blocks/*", async (route) => {
    const index = Number(route.request().url().split("/").at(-1));
    seen.blocks.push(index);
    if (held.test(route.request().url())) {
      seen.reached?.();
      await gate;
    }
    await route.continue().catch(() => {});
  });
  seen.isReached = new Promise((reached) => { seen.reached = reached; });
  return seen;
}

async function choose(page, photos) {
  await page.getByLabel("Choose images").setInputFiles(photos.map(({ path }) => path));
}

test("a lost connection in the middle of a file costs a block and not the file", async () => {
  const line = await badLine(stack.local, () => 2.5 * MIB);
  const page = await visitor(browser, line.url);
  const large = await album.onDisk("line.jpg", 6 * MIB + 12_345);
  await page.goto("/upload");
  await page.getByLabel("Title").fill("Over a bad line");
  await choose(page, [large]);
  await page.getByText("1 of 1 processed.").waitFor();
  assert.ok(line.broken >= 2, `it broke ${line.broken} times`);
  await areThereOnce(page, [large]);
  await page.goto(`${stack.local}/`);
  await page.getByRole("link", { name: "Over a bad line" }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
  await line.stop();
});

test("without a connection the upload waits, says so, and continues later", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  const large = await album.onDisk("offline.jpg", 3 * MIB);
  const seen = await watch(page, /blocks\/1$/);
  await choose(page, [large]);
  await seen.isReached;
  await page.context().setOffline(true);
  seen.letGo();
  await page.getByText("There is no connection. The upload continues automatically when it is back.").waitFor();
  await page.getByText(/^Trying again in \d+ s\. The connection was lost\.$/).waitFor();
  await page.context().setOffline(false);
  await page.getByText("1 of 1 processed.").waitFor();
  await areThereOnce(page, [large]);
  assert.equal(seen.blocks.filter((index) => index === 0).length, 1);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("after a reload the same file continues where it stopped, with what was typed", async () => {
  const page = await visitor(browser, stack.local);
  page.on("dialog", (dialog) => dialog.accept());
  await page.goto("/upload");
  const large = await album.onDisk("reload.jpg", 4 * MIB);
  const seen = await watch(page, /blocks\/2$/);
  await page.getByLabel("Title").fill("Typed before the reload");
  await choose(page, [large]);
  await seen.isReached;
  await page.reload();
  await page.unroute("**/blocks/*");
  const then = await watch(page, /nothing/);
  await page.getByText("Choose the same files again to continue where they stopped.").waitFor();
  await isAccessible(page);
  await choose(page, [large]);
  await page.getByText("1 of 1 processed.").waitFor();
  assert.deepEqual(then.blocks, [2, 3], "blocks that had arrived were not sent again");
  await page.getByText("Choose the same files again").waitFor({ state: "hidden" });
  await areThereOnce(page, [large]);
  await page.goto("/");
  await page.getByRole("link", { name: "Typed before the reload" }).waitFor();

  // An upload that has ended is forgotten. If the same file is chosen again, it is a new upload.
  await page.goto("/upload");
  await choose(page, [large]);
  await page.getByRole("button", { name: "Send it anyway" }).click();
  await page.getByText("1 of 1 processed.").waitFor();
  await areThereOnce(page, [large, large]);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("a user who is no longer signed in gets a message, and continues after signing in", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  const large = await album.onDisk("signed-out.jpg", 3 * MIB);
  const elsewhere = { status: 302, headers: { location: "https://sign-in.invalid/" } };
  // The platform redirects every request to the sign-in, which looks like a lost connection to a script.
  await page.route("**/blocks/1", (route) => route.abort());
  await page.route("**/openapi.json", (route) => route.fulfill(elsewhere));
  await choose(page, [large]);
  await page.getByText("You are no longer signed in.").waitFor();
  await isAccessible(page);
  await page.unroute("**/blocks/1");
  await page.unroute("**/openapi.json");
  const seen = await watch(page, /nothing/);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("1 of 1 processed.").waitFor();
  assert.deepEqual(seen.blocks, [1, 2], "blocks that had arrived were not sent again");
  await areThereOnce(page, [large]);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("uploads are paused and resumed, also with the keyboard", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  const photos = [await album.onDisk("pause-1.jpg", 3 * MIB), await album.onDisk("pause-2.jpg")];
  const seen = await watch(page, /blocks\/1$/);
  await choose(page, photos);
  await seen.isReached;
  await page.getByRole("button", { name: "Pause" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Paused.").waitFor();
  await page.locator("#list li").filter({ hasText: ", paused" }).first().waitFor();
  const sent = seen.blocks.length;
  seen.letGo();
  await isAccessible(page);
  // A file that is chosen during the pause waits, too.
  photos.push(await album.onDisk("pause-3.jpg"));
  await choose(page, [photos[2]]);
  await page.locator("#list li").filter({ hasText: "pause-3.jpg" }).filter({ hasText: "waiting" }).waitFor();
  assert.equal(seen.blocks.length, sent);
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Resume" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("3 of 3 processed.").waitFor();
  await page.getByRole("button", { name: "Pause" }).waitFor({ state: "hidden" });
  assert.equal(await page.locator("#total").evaluate((progress) => progress.value), 100);
  await areThereOnce(page, photos);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("200 photos over a bad connection, with a reload in the middle: none is lost and none is stored twice", async () => {
  const chance = dice(7);
  const line = await badLine(stack.local, () => 2_000 + chance() * 5 * album.bytes);
  const page = await visitor(browser, line.url);
  page.on("dialog", (dialog) => dialog.accept());
  page.context().setDefaultTimeout(240_000);
  const photos = [];
  for (let n = 1; n <= 200; n += 1) photos.push(await album.onDisk(`many-${n}.jpg`));
  await load(page);
  await choose(page, photos);
  // The reload comes while files are being sent. Once all have arrived they are forgotten, and would be sent as new ones.
  await haveArrived(page, 60);
  // The results are shown only after all have arrived, so that they are more than one stream or connection can carry.
  await page.route("**/api/v1/events?*", (route) => route.abort());
  await load(page);
  await choose(page, photos);
  await haveArrived(page, 200);
  await page.unroute("**/api/v1/events?*");
  await page.getByText("200 of 200 processed.").waitFor().catch(async (error) => {
    throw new Error(`after ${line.broken} breaks: ${JSON.stringify(await statesOf(page))}`, { cause: error });
  });
  assert.ok(line.broken > 40, `it broke ${line.broken} times`);
  await areThereOnce(page, photos);
  await page.context().close();
  await line.stop();
});

/** Waits until at least this many files have been received. */
function haveArrived(page, wanted) {
  return page.waitForFunction((wanted) => {
    const states = [...document.querySelectorAll("#list .state")].map(({ textContent }) => textContent);
    return states.filter((state) => /^(Received|Processed)/.test(state)).length >= wanted;
  }, wanted);
}

/** How many files are in which state. */
function statesOf(page) {
  return page.evaluate(() => {
    const states = {};
    for (const { textContent } of document.querySelectorAll("#list .state")) {
      const state = textContent.replace(/\d+/g, "…");
      states[state] = (states[state] ?? 0) + 1;
    }
    return states;
  });
}

/** The page itself and its scripts use the same bad connection. */
async function load(page) {
  for (;;) {
    try {
      await page.goto("/upload", { timeout: 10_000 });
      await page.waitForFunction(() => document.querySelector(".scripted").hidden === false, null, { timeout: 3_000 });
      return;
    } catch {
      // The connection was lost.
    }
  }
}
