// Functions that Event Grid calls: one event at a time, or many.
import { run } from "./drive.mjs";
import { NOTIFICATION, event, post, topic } from "./event-grid.mjs";

for (const [fn, cardinality] of [
  ["EventGridOne", "one"],
  ["EventGridMany", "many"],
]) {
  const webhook = "eventgrid?functionName=" + fn + "&code=ek";
  await run("eventgrid-" + cardinality + "-validation", {
    fn,
    timeout: 1500,
    act: () =>
      post(webhook, { "aeg-event-type": "SubscriptionValidation", "content-type": "application/json" }, [
        {
          id: "1",
          topic,
          subject: "",
          data: { validationCode: "512d38b6" },
          eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
          eventTime: "2026-11-27T00:00:00Z",
          metadataVersion: "1",
          dataVersion: "1",
        },
      ]),
  });
  await run("eventgrid-" + cardinality, { fn, act: () => post(webhook, NOTIFICATION, [event("one.jpg")]) });
  await run("eventgrid-" + cardinality + "-batch", {
    fn,
    n: cardinality === "one" ? 2 : 1,
    act: () => post(webhook, NOTIFICATION, [event("b1"), event("b2")]),
  });
  await run("eventgrid-" + cardinality + "-cloudevent", {
    fn,
    act: () =>
      post(
        webhook,
        { "content-type": "application/cloudevents+json" },
        {
          specversion: "1.0",
          id: "1",
          source: "/s",
          subject: "x",
          type: "t",
          time: "2026-11-27T10:00:00Z",
          data: { a: 1 },
        },
      ),
  });
  await run("eventgrid-" + cardinality + "-fails", {
    fn,
    answer: { status: 500, headers: {}, body: "" },
    act: () => post(webhook, NOTIFICATION, [event("one.jpg")]),
  });
}
