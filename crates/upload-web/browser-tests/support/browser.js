// Chromium without a window.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
      "--disable-background-networking", "--disable-component-update",
      // Containers have little shared memory.
      "--disable-dev-shm-usage",
    ],
  });
}

/** A page of a new visitor. Any error in it, and anything that the policy stops, makes the test fail. */
export async function visitor(browser, baseURL, options = {}) {
  const context = await browser.newContext({ baseURL, ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(`${error}`));
  page.on("console", (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) page.problems.push(message.text());
  });
  return page;
}

/** Asserts that the page violates none of the automatic rules for WCAG 2.2 AA. */
export async function isAccessible(page) {
  // The policy keeps scripts out of pages, but does not apply to the developer tools' isolated world.
  const source = await readFile(AXE, "utf8");
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", {
    frameId: frameTree.frame.id, worldName: "axe",
  });
  const run = `${source}; axe.run(document, { runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"] })
    .then((result) => ({
      passes: result.passes.length,
      violations: result.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join(" | ")),
    }))`;
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    expression: run, contextId: executionContextId, awaitPromise: true, returnByValue: true,
  });
  await session.detach();
  assert.equal(exceptionDetails, undefined);
  assert.deepEqual(result.value.violations, []);
  assert.ok(result.value.passes > 10, "the rules were applied");
}
