// Reloads the page when an image that it waits for has a result.
const waiting = document.querySelector("[data-events]");
if (waiting) {
  const events = new EventSource(waiting.dataset.events);
  const reload = () => {
    events.close();
    location.reload();
  };
  events.addEventListener("image", reload);
  events.addEventListener("done", reload);
  // After a break the browser reconnects itself, but not if it was refused.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(reload, 5000);
  });
}
