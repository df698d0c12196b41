// The Kafka topics, and messages for them. $PRODUCE is a command that reads them from standard input as
// `functions-dev-host produce` does.
import { spawnSync } from "child_process";

const BROKERS = process.env.KAFKA ?? "127.0.0.1:9092";

const base64 = (data) => (data === null ? null : Buffer.from(data).toString("base64"));

/** Sends messages and returns what the command printed. */
export function produce(messages) {
  const lines = messages.map(({ topic, key, value, headers = [], timestamp }) =>
    JSON.stringify({
      topic,
      keyBytes: base64(key),
      value: base64(value),
      headers: headers.map(([name, data]) => ({ key: name, value: base64(data) })),
      timestampMs: timestamp,
    }),
  );
  const [program, ...options] = process.env.PRODUCE.split(" ");
  const child = spawnSync(program, [...options, "--brokers", BROKERS], { input: lines.join("\n") });
  if (child.status !== 0) {
    throw new Error(String(child.stderr ?? child.error));
  }
  return child.stdout.toString().trim();
}
