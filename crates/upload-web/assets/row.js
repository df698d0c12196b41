// The row of one file on the page, and what the page knows about the file.

const form = document.getElementById("upload");
const template = document.getElementById("row");

/** Makes a row for a file. `again` is called when the user asks to try it again. */
export function makeRow(file, again) {
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
    details: new URLSearchParams(),
    sent: 0,
    failed: false,
    /** Whether it is not sent, because the same file was uploaded before. */
    aside: false,
    /** The SHA-256 of its bytes, if it was computed. */
    sha256: null,
    /** What is remembered of its upload, and under which key. */
    task: null,
    key: null,
  };
  for (const name of ["title", "tags", "description", "focus", "flow"]) {
    const value = new FormData(form).get(name);
    if (value) row.details.set(name, value);
  }
  preview(row);
  row.state.textContent = `${size(file.size)}, waiting`;
  row.retry.addEventListener("click", () => {
    row.retry.hidden = true;
    row.element.className = "";
    again(row);
  });
  return row;
}

/** Shows a preview if the browser can read the file, but not of a large one, which it would decode in full. */
function preview(row) {
  if (!row.file.type.startsWith("image/") || row.file.size > 12e6) return;
  const url = URL.createObjectURL(row.file);
  row.image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
  show(row, url);
}

/** Shows a picture once it is loaded. Until then, and if there is none, the placeholder stays. */
export function show(row, url) {
  const picture = new Image();
  picture.addEventListener("load", () => {
    row.image.src = url;
    row.image.hidden = false;
    row.element.querySelector(".blank").hidden = true;
  });
  picture.src = url;
}

/** Formats a number of bytes for people. */
export function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
