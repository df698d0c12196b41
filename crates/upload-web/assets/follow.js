// Shows the page anew when something has become of what it waits for.
const waiting = document.querySelector("[data-events]");
if (waiting) {
  const events = new EventSource(waiting.dataset.events);
  const reload = () => {
    events.close();
    location.reload();
  };
  events.addEventListener("image", reload);
  events.addEventListener("done", reload);
  // After a break the browser connects anew by itself, but not where it was refused.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(reload, 5000);
  });
}
