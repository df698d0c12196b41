// compare.mjs RECORDED GOT [--brief] [GROUP...]: compares the cases that a host has made with the recorded ones.
//
// Ids, times, ports and versions are not compared; everything else is. A difference that ../differences.json lists is
// expected, and one that it lists for nothing is reported: an entry has the name of a `case` and the `path` to what
// differs, in both of which * stands for anything, and a `reason`. --brief prints one line.
import fs from "fs";
import path from "path";
import { isDeepStrictEqual } from "util";

const [recorded, got, ...options] = process.argv.slice(2);
const brief = options[0] === "--brief";
const groups = brief ? options.slice(1) : options;

// Fields whose values are different each time.
const VOLATILE = new Set([
  ...["UtcNow", "RandGuid", "LastModified", "CreatedOn", "AccessTierChangedOn", "invocationId", "durationMs"],
  ...["Timestamp", "TimestampArray", "Offset", "OffsetArray", "AzureWebJobsParentId", "InstanceId", "StackTrace"],
  ...["StackTraceString", "ETag", "id", "closedByHostAfterMs", "LastRenewed", "messageText", "LeaderEpoch"],
  ...["PopReceipt", "_rid", "_self", "_etag", "_ts", "_lsn", "queues"],
]);

const SKIPPED_HEADERS =
  /^(accept|host|date|content-length|transfer-encoding|connection|keep-alive|server|x-azure-functions-invocationid|request-id|traceparent|tracestate|user-agent)$/i;

/** Text with placeholders in place of what is different each time. */
function normalText(text) {
  // The cases' own times are compared.
  const unless = (prefixes, placeholder) => (match) =>
    prefixes.some((prefix) => match.startsWith(prefix)) ? match : placeholder;
  return text
    .replace(/127\.0\.0\.1:\d+/g, "HOST")
    .replace(/localhost:\d+/g, "HOST")
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "GUID")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, unless(["2026-11-27T10:00:00", "0001"], "TIME"))
    .replace(/\\?"Offset\\?":\d+/g, '"Offset":N')
    .replace(/\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d/g, unless(["11/27/2026 10:00:00"], "TIME"))
    .replace(/4\.\d+\.\d+(\.\d+)?/g, "VERSION");
}

/** A value with placeholders; JSON in a string is looked into. */
function normal(value, key) {
  if (VOLATILE.has(key) && (typeof value !== "object" || value === null || key === "queues")) {
    return `<${key}>`;
  }
  if (typeof value === "string") {
    if (/^[{["]/.test(value.trim())) {
      try {
        return normal(JSON.parse(value));
      } catch {
        // It is text.
      }
    }
    return normalText(value);
  }
  if (Array.isArray(value)) {
    return value.map((entry) => normal(entry));
  }
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, normal(field, name)]));
  }
  return value;
}

function headers(pairs) {
  const list = Array.isArray(pairs) ? pairs : Object.entries(pairs ?? {});
  return list
    .filter(([name]) => !SKIPPED_HEADERS.test(name))
    .map(([name, value]) => `${name.toLowerCase()}: ${normalText(String(value))}`)
    .sort();
}

/** What was answered to the sender; some cases send more than once. */
function answers({ action }) {
  const exchanges = [action].flat().filter((exchange) => exchange?.got);
  return exchanges.map(({ got }) => ({ status: got.status, headers: headers(got.headers), body: normal(got.body) }));
}

/** Groups whose events call a function side by side, so that the order is chance on both hosts. */
const PARALLEL = ["blob-events", "eventgrid"];

/** What of a case is compared. */
function view(one, group) {
  const requests = one.requests.map(({ method, url, headers: sent, body, bodyBase64 }) => ({
    method,
    url,
    headers: headers(sent),
    body: body === undefined ? { base64: bodyBase64 } : normal(body),
  }));
  if (PARALLEL.includes(group)) {
    requests.sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  }
  // The requests to the database were recorded on one host only.
  const { toCosmos, ...effects } = one.effects ?? {};
  return {
    requests,
    results: one.results.map(({ result }) => result),
    answered: answers(one),
    effects: Array.isArray(one.effects) ? normal(one.effects) : normal(effects),
  };
}

/** The places where two values differ. */
function differences(expected, actual, place = "") {
  if (isDeepStrictEqual(expected, actual)) {
    return [];
  }
  const areObjects = [expected, actual].every((value) => value && typeof value === "object");
  if (areObjects && Array.isArray(expected) === Array.isArray(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => differences(expected[key], actual[key], `${place}/${key}`));
  }
  const short = (value) => JSON.stringify(value)?.slice(0, 120);
  return [{ place, text: `${place}: ${short(expected)} ≠ ${short(actual)}` }];
}

/** The cases of a folder, by name, with the folder that each lies in. */
function load(folder) {
  const files = fs.readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".json"));
  const cases = files.map((file) => ({
    group: path.dirname(file),
    ...JSON.parse(fs.readFileSync(path.join(folder, file))),
  }));
  return new Map(cases.map((one) => [one.case, one]));
}

const pattern = (text) => new RegExp("^" + text.split("*").map(escape).join(".*") + "$");

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

const listed = JSON.parse(fs.readFileSync(new URL("../differences.json", import.meta.url))).map((entry) => ({
  ...entry,
  cases: pattern(entry.case),
  places: pattern(entry.path),
  occurs: false,
}));

/** Whether a difference is listed, which is noted. */
function isListed(name, { place }) {
  const entries = listed.filter(({ cases, places }) => cases.test(name) && places.test(place));
  for (const entry of entries) {
    entry.occurs = true;
  }
  return entries.length > 0;
}

const made = load(got);
const chosen = [...load(recorded).values()].filter(({ group }) => groups.length === 0 || groups.includes(group));
const counts = { equal: 0, listed: 0, differ: 0, missing: 0 };
const lines = [];
for (const one of chosen.sort((a, b) => (a.case < b.case ? -1 : 1))) {
  const mine = made.get(one.case);
  if (!mine) {
    counts.missing++;
    lines.push(`not run  ${one.case}`);
    continue;
  }
  const found = differences(view(one, one.group), view(mine, one.group));
  const surprises = found.filter((difference) => !isListed(one.case, difference));
  if (surprises.length === 0) {
    counts[found.length === 0 ? "equal" : "listed"]++;
    continue;
  }
  counts.differ++;
  lines.push(`differs  ${one.case}`);
  lines.push(...surprises.slice(0, 8).map(({ text }) => `           ${text}`));
}
// An entry may be about cases that were not to be played.
const gone = listed.filter(
  ({ cases, occurs }) => !occurs && chosen.some((one) => cases.test(one.case) && made.has(one.case)),
);
lines.push(...gone.map((entry) => `equal by now, though differences.json lists it: ${entry.case} ${entry.path}`));
const known = counts.listed > 0 ? ` but for listed differences in ${counts.listed}` : "";
const equal = counts.equal + counts.listed;
const summary = `${equal} equal${known}, ${counts.differ} differ, ${counts.missing} not run of ${chosen.length}`;
console.log(brief ? summary : [...lines, summary].join("\n"));
process.exit(counts.differ + counts.missing + (brief ? 0 : gone.length) === 0 ? 0 : 1);
