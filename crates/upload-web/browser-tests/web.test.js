// Tests the web application as people use it, in a real browser with real services.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isAccessible, launch, visitor } from "./support/browser.js";
import { draw } from "./support/images.js";
import { signedInAs, startStack } from "./support/stack.js";

let browser;
let stack;

before(async () => {
  [browser, stack] = await Promise.all([launch(), startStack()]);
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

function file(name, buffer, mimeType = "image/jpeg") {
  return { name, mimeType, buffer };
}

async function finish(page) {
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

test("a photo is chosen, processed, found in the gallery and viewed", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  await isAccessible(page);
  await page.getByLabel("Title").fill("Évening <b>hills</b>");
  await page.getByLabel("Tags").fill("hills, Évening");
  await page.getByLabel("Choose images").setInputFiles(file("hills 1.jpg", await draw(page, { seed: 1 })));
  const row = page.locator("#list li");
  await row.filter({ hasText: "Processed" }).waitFor();
  await page.getByText("1 of 1 processed.").waitFor();
  await isAccessible(page);

  await page.getByRole("link", { name: "Gallery", exact: true }).click();
  await isAccessible(page);
  const thumb = page.locator(".tile img[src^='/renditions/']").first();
  await page.waitForFunction((image) => image.complete && image.naturalWidth > 0, await thumb.elementHandle());
  await page.getByRole("link", { name: "Évening <b>hills</b>" }).click();
  await page.getByRole("heading", { name: "Évening <b>hills</b>" }).waitFor();
  await isAccessible(page);
  for (const text of ["hills 1.jpg", "800 × 600 pixels", "JPEG", "SHA-256", "thumb", "large"]) {
    assert.ok(await page.getByText(text).count() > 0, text);
  }
  assert.equal(await page.locator(".histogram polygon").count(), 3);
  assert.ok(await page.locator(".swatches li").count() >= 2);
  await page.getByText("The record as JSON").click();
  assert.match(await page.locator("pre").textContent(), /"title": "Évening <b>hills<\/b>"/);
  await finish(page);
});

test("a file that was uploaded before is reported, found, compared, downloaded and deleted", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  await page.getByLabel("Focus").fill("0.3,0.7");
  const bytes = await draw(page, { seed: 30 });
  await page.getByLabel("Choose images").setInputFiles(file("first of two.jpg", bytes));
  await page.getByText("1 of 1 processed.").waitFor();
  await page.getByLabel("Choose images").setInputFiles(file("second of two.jpg", bytes));
  await page.getByRole("button", { name: "Send it anyway" }).click();
  await page.locator("#list li").filter({ hasText: "The same file is also here." }).waitFor();
  await isAccessible(page);

  await page.goto("/");
  await page.getByRole("searchbox").fill("OF two");
  await page.getByRole("button", { name: "Search" }).click();
  assert.equal(await page.locator(".tile").count(), 2);
  await isAccessible(page);
  await page.getByRole("link", { name: "first of two.jpg" }).click();
  const alike = page.getByRole("region", { name: "More like this" });
  await alike.getByText("the same file").waitFor();
  await page.getByText("Compare with the original").click();
  const slider = page.getByRole("slider");
  await slider.fill("80");
  assert.equal(await page.locator(".panes").evaluate((panes) => panes.style.getPropertyValue("--seen")), "80%");
  await isAccessible(page);

  await page.goto("/?q=of+two");
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  const arriving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download renditions" }).click();
  assert.equal((await arriving).suggestedFilename(), "darkroom.zip");
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Delete" }).click();
  await page.waitForURL((url) => url.search === "");
  await page.goto("/?q=of+two");
  await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
  await finish(page);
});

test("many files are dropped, each with its own progress and result", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  const good = await draw(page, { seed: 2 });
  const files = [
    ["one.jpg", good, "image/jpeg"],
    ["two.png", await draw(page, { seed: 3, type: "image/png" }), "image/png"],
    ["notes.jpg", Buffer.from("this is not an image"), "image/jpeg"],
    // It begins like a JPEG, so only the handler notices that it is not one.
    ["half.jpg", good.subarray(0, 700), "image/jpeg"],
    ["text.txt", Buffer.from("hello"), "text/plain"],
  ];
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, base64, type] of files) {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type }));
    }
    return transfer;
  }, files.map(([name, bytes, type]) => [name, bytes.toString("base64"), type]));
  await page.dispatchEvent("#drop", "drop", { dataTransfer: transfer });
  const row = (name) => page.locator("#list li").filter({ has: page.getByText(name, { exact: true }) });
  await row("one.jpg").filter({ hasText: "Processed" }).waitFor();
  await row("two.png").filter({ hasText: "Processed" }).waitFor();
  await row("notes.jpg").filter({ hasText: "not an image that Darkroom knows" }).waitFor();
  await row("half.jpg").filter({ hasText: "Rejected." }).waitFor();
  await row("text.txt").filter({ hasText: "The file is not an image." }).waitFor();
  await page.getByText("2 of 5 processed, 3 failed.").waitFor();
  await isAccessible(page);

  await row("half.jpg").getByRole("link").click();
  await page.getByRole("heading", { name: "Rejected" }).waitFor();
  await isAccessible(page);
  await finish(page);
});

test("photos go through Kafka, a small one inside its message and a large one by reference", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  await page.getByLabel("Kafka").check();
  await page.getByLabel("Title").fill("By message");
  const small = await draw(page, { seed: 20 });
  // Bytes after the end of a JPEG are ignored.
  const large = Buffer.concat([await draw(page, { seed: 21 }), Buffer.alloc(1_500_000, 7)]);
  await page.getByLabel("Choose images").setInputFiles([file("small.jpg", small), file("large.jpg", large)]);
  await page.getByText("2 of 2 processed.").waitFor();
  const { images } = await (await page.request.get("/api/v1/images")).json();
  for (const [name, container] of [["small.jpg", undefined], ["large.jpg", "incoming"]]) {
    const record = images.find((image) => image.file.name === name);
    assert.equal(record.source.kind, "kafka");
    assert.equal(record.source.container, container);
    assert.equal(record.source.uploader, "local");
    assert.deepEqual(record.user, { title: "By message" });
  }
  await finish(page);
});

test("a file is pasted", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  const bytes = (await draw(page, { seed: 4 })).toString("base64");
  await page.evaluate((base64) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    data.items.add(new File([bytes], "pasted.jpg", { type: "image/jpeg" }));
    dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, cancelable: true }));
  }, bytes);
  await page.locator("#list li").filter({ hasText: "Processed" }).waitFor();
  await finish(page);
});

test("progress is shown while bytes are being sent", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  const session = await page.context().newCDPSession(page);
  await session.send("Network.emulateNetworkConditions", {
    offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000,
  });
  // Noise does not compress, so this takes a while.
  const noise = Buffer.concat([await draw(page, { seed: 5 }), Buffer.alloc(1_500_000, 7)]);
  await page.getByLabel("Choose images").setInputFiles(file("slow.jpg", noise));
  await page.waitForFunction(() => {
    const value = document.querySelector("#list progress")?.value;
    return value > 0 && value < 100;
  });
  await page.locator("#list li").filter({ hasText: /Processed|Rejected/ }).waitFor();
  await finish(page);
});

test("without scripts a form works, and the page updates automatically", async () => {
  const scripted = await visitor(browser, stack.local);
  const picture = await draw(scripted, { seed: 6 });
  await finish(scripted);
  const page = await visitor(browser, stack.local, { javaScriptEnabled: false });
  await page.goto("/upload");
  await page.getByLabel("Title").fill("Plain");
  await page.getByLabel("Choose images").setInputFiles([file("plain.jpg", picture), file("bad.jpg", Buffer.from("x"))]);
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByText("Not accepted.").waitFor();
  await page.getByRole("link", { name: "plain.jpg" }).click();
  await page.getByRole("heading", { name: "Renditions" }).waitFor();
  await page.getByRole("heading", { name: "Plain" }).waitFor();
  await page.context().close();
});

test("photos go through Kafka also without scripts", async () => {
  const scripted = await visitor(browser, stack.local);
  const pictures = [await draw(scripted, { seed: 30 }), await draw(scripted, { seed: 31 })];
  const page = await visitor(browser, stack.local, { javaScriptEnabled: false });
  await page.goto("/upload");
  await page.getByLabel("Choose images").setInputFiles(pictures.map((picture, n) => file(`plain ${n}.jpg`, picture)));
  await page.getByLabel("Kafka").check();
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByText("Processed", { exact: true }).nth(1).waitFor();
  const { images } = await (await page.request.get("/api/v1/images")).json();
  for (const name of ["plain 0.jpg", "plain 1.jpg"]) {
    assert.equal(images.find((image) => image.file.name === name).source.kind, "kafka");
  }
  await page.context().close();
  await finish(scripted);
});

test("the same bytes twice are marked as copies", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  const picture = await draw(page, { seed: 7 });
  await page.getByLabel("Tags").fill("twins");
  await page.getByLabel("Choose images").setInputFiles([file("twin a.jpg", picture), file("twin b.jpg", picture)]);
  await page.getByText("2 of 2 processed.").waitFor();
  await page.goto("/?tag=twins");
  assert.equal(await page.getByText("2 copies").count(), 2);
  await finish(page);
});

test("an image is deleted after asking", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  await page.getByLabel("Choose images").setInputFiles(file("gone.jpg", await draw(page, { seed: 8 })));
  await page.getByText("1 of 1 processed.").waitFor();
  await page.getByRole("link", { name: "gone.jpg" }).click();
  const address = page.url();
  page.once("dialog", (dialog) => dialog.dismiss());
  await page.getByRole("button", { name: "Delete" }).click();
  assert.equal(page.url(), address);
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "Gallery" }).waitFor();
  assert.equal(await page.getByText("gone.jpg").count(), 0);
  const response = await page.goto(address);
  assert.equal(response.status(), 404);
  await isAccessible(page);
  await finish(page);
});

test("two people do not see each other's images", async () => {
  const ana = await visitor(browser, stack.signedIn, { extraHTTPHeaders: signedInAs("Ana") });
  const ben = await visitor(browser, stack.signedIn, { extraHTTPHeaders: signedInAs("Ben") });
  await ana.goto("/upload");
  await ana.getByLabel("Choose images").setInputFiles(file("private.jpg", await draw(ana, { seed: 9 })));
  await ana.getByText("1 of 1 processed.").waitFor();
  await ana.getByRole("link", { name: "private.jpg" }).click();
  const address = ana.url();
  await ana.getByRole("heading", { name: "Renditions" }).waitFor();
  assert.equal((await ben.goto(address)).status(), 404);
  await ben.goto("/");
  await ben.getByText("No images yet").waitFor();
  await isAccessible(ben);
  await finish(ana);
  await finish(ben);
});

test("the pages for insights and the API show their content", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/insights");
  await page.getByRole("heading", { name: "Images per day" }).waitFor();
  await isAccessible(page);
  await page.goto("/api");
  await page.getByRole("heading", { name: "List images, the newest first" }).waitFor();
  await isAccessible(page);
  await finish(page);
});

test("everything can be reached with the keyboard", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  await finish(page);
});
