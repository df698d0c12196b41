// The handler's process: answers that never come, and exits. $STEP chooses what fits one run of the host.
import { ok, run, send } from "./drive.mjs";

const message = (name, answer, options) =>
  run(name, {
    fn: "Answer",
    answer,
    act: async () => {
      await send("wire-answer", JSON.stringify({ id: name.replace(/^[a-z]+-/, "") }));
    },
    ...options,
  });

const hang = (name, answer) => message(`hang-${name}`, answer, { timeout: 45000, settle: 9000 });

const exit = (name, answer, options = {}) =>
  message(`exit-${name}`, answer, { timeout: 30000, settle: 5000, ...options });

const JSON_TYPE = { "content-type": "application/json" };

const STEPS = {
  async hang() {
    await hang("204", { status: 204, headers: {}, body: "" });
    await hang("empty", { status: 200, headers: JSON_TYPE, body: "" });
    await hang("null", { status: 200, headers: JSON_TYPE, body: "null" });
    await hang("slow", { ...ok({ Outputs: {} }), delayMs: 60000 });
  },
  // After this the handler is gone.
  async exit0() {
    await exit("0", { exit: 0 });
    await exit("0-next", ok({ Outputs: {} }), { timeout: 40000, settle: 2000 });
  },
  // After this the host is gone.
  async exit1() {
    await exit("200", { exit: 200 });
    await exit("200-next", ok({ Outputs: { copy: "after" } }));
    await exit("200-again", { exit: 200 });
    await exit("200-third", { exit: 200 });
    await exit("200-fourth-next", ok({ Outputs: {} }));
    for (const count of ["once", "twice", "thrice"]) {
      await exit(`1-${count}`, { exit: 1 });
    }
  },
};

await STEPS[process.env.STEP]();
