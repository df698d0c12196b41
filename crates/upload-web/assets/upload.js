// Sends each file by itself, shows how far it is, and follows it until it is processed.

const form = document.getElementById("upload");
const drop = document.getElementById("drop");
const list = document.getElementById("list");
const summary = document.getElementById("summary");
const template = document.getElementById("row");
const limitMib = Number(form.dataset.limitMib);
const mostFollowed = Number(form.dataset.mostFollowed);

/** Requests at once: browsers make six connections to a server, and the events need one. */
const MOST_AT_ONCE = 4;

/** Rows that wait to be sent. */
const queue = [];
/** Rows that are sent and not yet processed, by their image's id. */
const following = new Map();
const counts = { all: 0, processed: 0, failed: 0 };
let sending = 0;
let events = null;

// What only works with scripts appears, and the plain button goes: files are sent as they are chosen.
for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
form.querySelector(".plain").hidden = true;
drop.classList.add("ready");

for (const picker of [document.getElementById("files"), document.getElementById("camera")]) {
  picker.addEventListener("change", () => {
    add(picker.files);
    picker.value = "";
  });
}
form.addEventListener("submit", (event) => event.preventDefault());

addEventListener("paste", (event) => {
  const files = event.clipboardData?.files;
  if (files?.length) {
    event.preventDefault();
    add(files);
  }
});

// A file that is dropped beside the box would replace the page.
for (const kind of ["dragenter", "dragover"]) {
  addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    drop.classList.add("over");
  });
}
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  add(event.dataTransfer?.files ?? []);
});

addEventListener("beforeunload", (event) => {
  if (sending || queue.length) event.preventDefault();
});

function add(files) {
  for (const file of files) {
    const row = makeRow(file);
    counts.all += 1;
    const reason = refusal(file);
    if (reason) fail(row, reason, false);
    else queue.push(row);
  }
  document.getElementById("queue").hidden = counts.all === 0;
  sendNext();
}

/** What is wrong with a file, as far as that shows before it is sent. */
function refusal(file) {
  if (file.size === 0) return "The file is empty.";
  if (file.size > limitMib * 1024 * 1024) {
    return `The file has ${size(file.size)}; at most ${limitMib} MiB are accepted.`;
  }
  if (file.type && !file.type.startsWith("image/")) return "The file is not an image.";
  return null;
}

function makeRow(file) {
  const element = template.content.firstElementChild.cloneNode(true);
  element.querySelector(".name").textContent = file.name;
  const progress = element.querySelector("progress");
  progress.setAttribute("aria-label", `Upload of ${file.name}`);
  const row = {
    file,
    element,
    progress,
    image: element.querySelector("img"),
    state: element.querySelector(".state"),
    retry: element.querySelector("button"),
    // The same key when it is tried again: what arrived after all is not stored twice.
    key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
    details: new URLSearchParams(),
  };
  for (const name of ["title", "tags", "description", "focus", "flow"]) {
    const value = new FormData(form).get(name);
    if (value) row.details.set(name, value);
  }
  row.details.set("filename", file.name);
  preview(row);
  row.state.textContent = `${size(file.size)}, waiting`;
  row.retry.addEventListener("click", () => {
    row.retry.hidden = true;
    row.element.className = "";
    counts.failed -= 1;
    queue.push(row);
    sendNext();
  });
  list.prepend(element);
  return row;
}

/** The browser draws what it can read; large files are left alone, because it decodes them in full. */
function preview(row) {
  if (!row.file.type.startsWith("image/") || row.file.size > 12e6) return;
  const url = URL.createObjectURL(row.file);
  row.image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
  show(row, url);
}

/** Shows a picture once it is there; until then, and where there is none, the blank stays. */
function show(row, url) {
  const picture = new Image();
  picture.addEventListener("load", () => {
    row.image.src = url;
    row.image.hidden = false;
    row.element.querySelector(".blank").hidden = true;
  });
  picture.src = url;
}

function sendNext() {
  while (sending < MOST_AT_ONCE && queue.length) send(queue.shift());
  summarise();
}

function send(row) {
  sending += 1;
  row.progress.hidden = false;
  row.state.textContent = "Sending";
  // fetch() cannot tell how much has been sent.
  const request = new XMLHttpRequest();
  request.open("POST", `/api/v1/images?${row.details}`);
  request.setRequestHeader("Idempotency-Key", row.key);
  // A browser names no type for files that it does not know, and firewalls refuse a body that says nothing of itself.
  request.setRequestHeader("Content-Type", row.file.type.startsWith("image/") ? row.file.type : "application/octet-stream");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.floor((event.loaded / event.total) * 100);
    row.progress.value = percent;
    row.state.textContent = percent < 100 ? `Sending, ${percent} % of ${size(event.total)}` : "Sent";
  });
  request.addEventListener("loadend", () => {
    sending -= 1;
    if (request.status === 202) accepted(row, request.response);
    else if (request.status === 429) later(row, Number(request.getResponseHeader("Retry-After")) || 5);
    else refused(row, request);
    sendNext();
  });
  request.send(row.file);
}

function later(row, seconds) {
  row.state.textContent = `Waiting ${seconds} s, because that was a lot at once`;
  setTimeout(() => {
    queue.push(row);
    sendNext();
  }, seconds * 1000);
}

function refused(row, request) {
  const told = request.response?.detail;
  // No status means that the connection broke: that, and trouble on the other side, may pass.
  const passing = request.status === 0 || request.status === 408 || request.status >= 500;
  fail(row, told ?? "The connection broke.", passing);
}

function fail(row, reason, mayPass) {
  counts.failed += 1;
  row.element.className = "bad";
  row.progress.hidden = true;
  row.state.textContent = reason;
  row.retry.hidden = !mayPass;
}

function accepted(row, image) {
  row.progress.removeAttribute("value");
  row.state.textContent = "Received, being processed";
  following.set(image.id, row);
  follow();
}

/** One stream for all; it is opened anew when there are images that it does not know. */
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
    // After a break the browser connects anew by itself, but not where it was refused.
    const opened = events;
    events.addEventListener("error", () => {
      if (opened === events && opened.readyState === EventSource.CLOSED) follow(5000);
    });
  }, pause);
}

function became(image) {
  const row = following.get(image.id);
  if (!row) return;
  following.delete(image.id);
  row.progress.hidden = true;
  if (image.status === "processed") {
    counts.processed += 1;
    row.element.className = "good";
    row.state.textContent = "Processed";
    if (image.sameAs) {
      const link = document.createElement("a");
      link.href = image.sameAs;
      link.textContent = "here";
      row.state.append(". The same file is also ", link, ".");
    }
    if (image.thumbUrl) show(row, image.thumbUrl);
  } else {
    fail(row, image.reason ? `Rejected. ${image.reason}` : "It was deleted.", false);
  }
  if (image.status !== "missing") {
    const link = document.createElement("a");
    link.className = "name";
    link.href = image.pageUrl;
    link.textContent = row.file.name;
    row.element.querySelector(".name").replaceWith(link);
  }
  summarise();
}

function summarise() {
  const parts = [`${counts.processed} of ${counts.all} processed`];
  if (counts.failed > 0) parts.push(`${counts.failed} not`);
  summary.textContent = `${parts.join(", ")}.`;
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
