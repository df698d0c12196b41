// Lays the original over the rendition, with a slider between them. Without scripts, the two are shown side by side.
for (const panes of document.querySelectorAll(".panes")) {
  const slider = panes.parentElement.querySelector("input[type=range]");
  const slide = () => panes.style.setProperty("--seen", `${slider.value}%`);
  slider.addEventListener("input", slide);
  slider.closest("label").hidden = false;
  panes.classList.add("laid");
  slide();
}
