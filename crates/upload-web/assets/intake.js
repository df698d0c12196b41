// The ways in which files come to the page: chosen, taken by a camera, dropped or pasted.

const form = document.getElementById("upload");
const drop = document.getElementById("drop");

/** Passes files to `add`, whichever way they come. */
export function takeFiles(add) {
  // Shows what works only with scripts, and hides the plain button, because files are sent as soon
  // as they are chosen.
  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  form.querySelector(".plain").hidden = true;
  drop.classList.add("ready");
  form.addEventListener("submit", (event) => event.preventDefault());
  chosen(add);
  pasted(add);
  dropped(add);
}

function chosen(add) {
  for (const picker of [document.getElementById("files"), document.getElementById("camera")]) {
    picker.addEventListener("change", () => {
      add(picker.files);
      picker.value = "";
    });
  }
}

function pasted(add) {
  addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (files?.length) {
      event.preventDefault();
      add(files);
    }
  });
}

/** Handles drops on the whole page, because a file that is dropped outside the box would replace the page. */
function dropped(add) {
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
}
