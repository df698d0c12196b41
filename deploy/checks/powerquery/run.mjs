// Reads a list of `{expressions, queries, scenarios}` from standard input and writes, for each of them and each scenario,
// the result of each query: its columns with their types and its rows, or an error.

import { readFileSync } from "node:fs";

import { Scope, evaluate, parse } from "./interpreter.mjs";
import { library, table } from "./library.mjs";
import { Moment } from "./values.mjs";

// Models that differ in one expression share the trees of the others.
const parsed = new Map();
const treeOf = (text) => parsed.get(text) ?? parsed.set(text, parse(text)).get(text);

const answers = [];
for (const model of JSON.parse(readFileSync(0, "utf8"))) answers.push(await answer(model));
process.stdout.write(JSON.stringify(answers));

async function answer({ expressions, queries, scenarios }) {
  const trees = new Map();
  const unreadable = {};
  for (const [name, text] of Object.entries(expressions)) {
    try {
      trees.set(name, await treeOf(text));
    } catch (error) {
      unreadable[name] = error.message;
    }
  }
  const readable = Object.keys(unreadable).length === 0;
  return { unreadable, results: readable ? scenarios.map((scenario) => evaluated(trees, queries, scenario)) : [] };
}

function evaluated(trees, queries, scenario) {
  const results = {};
  for (const name of queries) {
    try {
      results[name] = shown(scopeOf(trees, scenario).get(name));
    } catch (error) {
      results[name] = { error: error.message };
    }
  }
  return results;
}

// The expressions of the model can use each other and the library, in which `tables` and `blobs` stand in for the sources.
function scopeOf(trees, { now, tables = {}, blobs = [] }) {
  const sources = {
    "Sql.Database": () =>
      table(["Name", "Data", "Schema", "Item", "Kind"], Object.entries(tables).map(([item, { columns, rows }]) => [item, table(columns, rows), "dbo", item, "Table"])),
    "AzureStorage.Blobs": () => {
      const files = blobs.map(({ name, content }) => [name, Buffer.from(content)]);
      return table(["Name", "Data"], [["inventory", table(["Name", "Content"], files)]]);
    },
  };
  const known = Object.entries({ ...library(Date.parse(now)), ...sources });
  const outer = new Scope(null, new Map(known.map(([name, value]) => [name, () => value])));
  return new Scope(outer, new Map([...trees].map(([name, tree]) => [name, (self) => evaluate(tree, self)])));
}

function shown({ columns, rows }) {
  return {
    columns: Object.fromEntries([...columns].map(([name, type]) => [name, type.name])),
    rows: rows.map((row) => Object.fromEntries([...row].map(([name, value]) => [name, value instanceof Moment ? iso(value) : value]))),
  };
}

function iso({ kind, milliseconds }) {
  return new Date(milliseconds).toISOString().slice(0, kind === "date" ? 10 : 19);
}
