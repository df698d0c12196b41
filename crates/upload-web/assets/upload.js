// Takes files from the page, sends each separately, shows its progress, and follows it until it is processed.

import { digestOf, findExisting } from "./existing.js";
import { takeFiles } from "./intake.js";
import { Remembered } from "./remembered.js";
import { makeRow, show, size } from "./row.js";
import { sendFile } from "./sending.js";

const form = document.getElementById("upload");
const list = document.getElementById("list");
const summary = document.getElementById("summary");
const total = document.getElementById("total");
const totalText = document.getElementById("total-text");
const pauseButton = document.getElementById("pause");
const unfinished = document.getElementById("unfinished");
const existing = document.getElementById("existing");
const limitMib = Number(form.dataset.limitMib);
const mostFollowed = Number(form.dataset.mostFollowed);
const remembered = new Remembered(form.dataset.person);

/** Files sent at once. Browsers open six connections to a server; the events need one, and other pages need some. */
const MOST_AT_ONCE = 3;

/** Statuses that mean that the file itself is the problem: bad, forbidden, too large, not an image, or invalid details. */
const HOPELESS = [400, 403, 413, 415, 422];

const rows = [];
/** Rows of which it is not known yet whether their files were uploaded before. */
const undecided = [];
/** Rows that wait to be sent. */
const queue = [];
/** Rows whose files are being sent. */
const sending = new Set();
/** Rows that are sent and not yet processed, by the id of their image. */
const following = new Map();
const counts = { all: 0, processed: 0, failed: 0, aside: 0 };
let checking = false;
let paused = false;
let events = null;

addEventListener("beforeunload", (event) => {
  if (!isDone()) event.preventDefault();
});

function add(files) {
  for (const file of files) {
    const row = makeRow(file, tryAgain);
    list.prepend(row.element);
    counts.all += 1;
    const reason = refusal(file);
    if (reason) {
      fail(row, reason);
      continue;
    }
    rows.push(row);
    undecided.push(row);
  }
  document.getElementById("queue").hidden = counts.all === 0;
  if (!checking) checkAll();
  sendNext();
}

/** What is wrong with a file, as far as that can be seen before it is sent. */
function refusal(file) {
  if (file.size === 0) return "The file is empty.";
  if (file.size > limitMib * 1024 * 1024) {
    return `The file is too large (${size(file.size)}). Files of up to ${limitMib} MiB are accepted.`;
  }
  if (file.type && !file.type.startsWith("image/")) return "The file is not an image.";
  return null;
}

/**
 * Finds out of each file whether it was uploaded before. One file after the other is read, while those before are asked
 * about or sent. The upload of an earlier page goes on in any case: its own image may be what would be found.
 */
async function checkAll() {
  checking = true;
  for (let row; (row = undecided.find(({ asked }) => !asked));) {
    row.asked = true;
    await recall(row);
    if (!row.resumed) row.sha256 = await digestOf(row.file);
    findExisting(row.sha256).then((image) => decide(row, image));
  }
  checking = false;
}

function decide(row, image) {
  undecided.splice(undecided.indexOf(row), 1);
  if (image) setAside(row, image);
  else queue.push(row);
  sendNext();
}

/** Keeps a file from being sent, because the same one was uploaded before. The user can send it anyway. */
function setAside(row, image) {
  begin(row);
  counts.aside += 1;
  row.aside = true;
  row.progress.hidden = true;
  row.state.replaceChildren("Not sent, because the same file is already ", linkTo(image.pageUrl, "here"), ".");
  row.retry.textContent = "Send anyway";
  row.retry.hidden = false;
}

function tryAgain(row) {
  if (row.aside) counts.aside -= 1;
  else counts.failed -= 1;
  row.aside = false;
  queue.push(row);
  sendNext();
}

document.getElementById("send-existing").addEventListener("click", () => {
  for (const row of rows.filter(({ aside }) => aside)) row.retry.click();
});

function isDone() {
  return sending.size === 0 && queue.length === 0 && undecided.length === 0;
}

function sendNext() {
  while (!paused && sending.size < MOST_AT_ONCE && queue.length) send(queue.shift());
  const done = isDone();
  // Every file has arrived or cannot. If the same files are chosen again, they are new uploads.
  if (done) rows.forEach(forget);
  if (done && counts.all > 0) showUsage();
  pauseButton.hidden = done;
  unfinished.hidden = remembered.unfinished() === 0;
  summarise();
}

async function send(row) {
  sending.add(row);
  row.stop = new AbortController();
  row.failed = false;
  row.progress.hidden = false;
  row.state.textContent = "Sending";
  try {
    await recall(row);
    row.task.sha256 ??= row.sha256;
    remembered.keep(row.key, row.task);
    accepted(row, row.task.image ?? await sendFile(row.file, row.task, listener(row), row.stop.signal));
  } catch (error) {
    if (row.stop.signal.aborted) holdBack(row);
    else stopped(row, error);
  }
  sending.delete(row);
  row.offline = false;
  sendNext();
}

/** Looks up what an earlier page sent of this file. What is typed now replaces what was typed then. */
async function recall(row) {
  if (row.task) return;
  Object.assign(row, await remembered.recall(row.file));
  row.wasSent = Boolean(row.task.image);
  const typed = [...row.details.keys()].some((name) => name !== "flow");
  const details = new URLSearchParams(typed ? row.details : row.task.details ?? row.details);
  details.set("filename", row.file.name);
  row.task.details = `${details}`;
}

function forget(row) {
  if (!row.key || row.stays) return;
  remembered.forget(row.key);
  row.key = null;
}

/** Returns the function that shows the progress of a file. */
function listener(row) {
  return {
    remember: (task) => remembered.keep(row.key, task),
    sent(bytes) {
      row.sent = bytes;
      row.offline = false;
      const percent = Math.floor((bytes / row.file.size) * 100);
      row.progress.value = percent;
      row.state.textContent = percent < 100 ? `Sending, ${percent} % of ${size(row.file.size)}` : "Sent";
      measure();
    },
    waiting(seconds, error) {
      row.offline = error.status === 0;
      row.state.textContent = `Trying again in ${seconds} s. ${error.message}`;
      summarise();
    },
  };
}

/** Takes a file back for a pause, and keeps what has been sent of it. */
function holdBack(row) {
  row.state.textContent = `${size(row.file.size)}, paused`;
  queue.unshift(row);
}

pauseButton.addEventListener("click", () => {
  paused = !paused;
  pauseButton.textContent = paused ? "Resume" : "Pause";
  if (paused) for (const row of sending) row.stop.abort();
  sendNext();
});

document.getElementById("forget").addEventListener("click", () => {
  remembered.forgetOthers();
  sendNext();
});

/** Handles trouble that does not pass. */
function stopped(row, error) {
  // The user can do something about it, and then goes on with what was sent.
  const full = error.code === "quota-exceeded";
  row.stays = full || error.status === 401;
  if (!row.stays) begin(row);
  fail(row, error.message, full || !HOPELESS.includes(error.status));
}

/** Starts a file again from the beginning, as if nothing of it had been sent. */
function begin(row) {
  forget(row);
  row.task = null;
  row.sent = 0;
}

function fail(row, reason, again = false) {
  counts.failed += 1;
  row.failed = true;
  row.element.className = "bad";
  row.progress.hidden = true;
  row.state.textContent = reason;
  row.retry.textContent = "Try again";
  row.retry.hidden = !again;
}

function accepted(row, image) {
  row.sent = row.file.size;
  row.progress.removeAttribute("value");
  row.state.textContent = "Received, being processed";
  if (image.existing) tellOfCopy(row, image.existing.pageUrl);
  row.task.image = image;
  remembered.keep(row.key, row.task);
  measure();
  following.set(image.id, row);
  follow();
}

/** Shows the progress of all files together. */
function measure() {
  const wanted = rows.filter((row) => !row.failed && !row.aside);
  const all = wanted.reduce((sum, row) => sum + row.file.size, 0);
  const sent = wanted.reduce((sum, row) => sum + row.sent, 0);
  total.value = all ? Math.floor((sent / all) * 100) : 0;
  totalText.textContent = `${size(sent)} of ${size(all)} sent`;
}

/** Follows all images with one stream. It is opened again when there are images that it does not know. */
function follow(pause = 150) {
  clearTimeout(follow.timer);
  follow.timer = setTimeout(() => {
    events?.close();
    events = null;
    if (following.size === 0) return;
    const ids = [...following.keys()].slice(0, mostFollowed);
    const query = new URLSearchParams(ids.map((id) => ["id", id]));
    events = new EventSource(`/api/v1/events?${query}`);
    events.addEventListener("image", (event) => became(JSON.parse(event.data)));
    events.addEventListener("done", () => follow());
    // The browser would reconnect itself, but ask for all images again. Over a connection that breaks after a few
    // answers, the last ones would never come. After a refusal the page waits longer. Part of the pause is random, so
    // that pages that lost their connection together do not come back together.
    const opened = events;
    events.addEventListener("error", () => {
      const longest = opened.readyState === EventSource.CLOSED ? 7000 : 2000;
      if (opened === events) follow(longest * (0.5 + Math.random() / 2));
    });
  }, pause);
}

function became(image) {
  const row = following.get(image.id);
  if (!row) return;
  following.delete(image.id);
  if (image.status === "missing" && row.wasSent) return sendAgain(row);
  row.progress.hidden = true;
  if (image.status === "processed") {
    counts.processed += 1;
    row.element.className = "good";
    row.state.textContent = "Processed";
    if (image.sameAs) tellOfCopy(row, image.sameAs);
    if (image.thumbUrl) show(row, image.thumbUrl);
  } else {
    fail(row, image.reason ? `Rejected. ${image.reason}` : "It was deleted.");
  }
  if (image.status !== "missing") {
    const link = linkTo(image.pageUrl, row.file.name);
    link.className = "name";
    row.element.querySelector(".name").replaceWith(link);
  }
  summarise();
}

function tellOfCopy(row, url) {
  row.state.append(". The same file is also ", linkTo(url, "here"), ".");
}

function linkTo(url, text) {
  const link = document.createElement("a");
  link.href = url;
  link.textContent = text;
  return link;
}

/** Sends a file again that an earlier page sent and that was deleted since. A user who chooses it again wants it back. */
function sendAgain(row) {
  row.wasSent = false;
  begin(row);
  queue.push(row);
  sendNext();
}

function summarise() {
  measure();
  const all = counts.all - counts.aside;
  const parts = [`${counts.processed} of ${all} processed`];
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  const sentences = all > 0 ? [`${parts.join(", ")}.`] : [];
  if (paused) sentences.push("Paused.");
  else if ([...sending].some((row) => row.offline)) sentences.push("There is no connection. The upload continues automatically when it is back.");
  say(summary, sentences.join(" "));
  summariseExisting();
}

function summariseExisting() {
  const { all, aside } = counts;
  existing.hidden = aside === 0;
  const [are, them] = aside === 1 ? ["is", "it"] : ["are", "them"];
  const files = all === 1 ? "This file" : `${aside} of these ${all} files`;
  say(existing.querySelector("span"), aside ? `${files} ${are} already here and ${are} not sent again.` : "");
  document.getElementById("send-existing").textContent = `Send ${them} anyway`;
}

/** Shows what the user has now, if there is a quota. */
async function showUsage() {
  const usage = document.getElementById("usage");
  const answer = usage && await fetch("/api/v1/usage", { redirect: "manual" }).catch(() => null);
  if (answer?.ok) say(usage, `You have ${(await answer.json()).summary}.`);
}

/** Writes a text that a screen reader reads out whenever it is written, so it is written only if it changes. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

takeFiles(add);
sendNext();
