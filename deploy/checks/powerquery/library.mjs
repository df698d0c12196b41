// Only those functions of M's library that the model calls, as https://learn.microsoft.com/powerquery-m describes them.

import { ANY, MError, MRecord, MTable, MType, Moment, comparable, kindOf, typed } from "./values.mjs";

const DAY = 86_400_000;
const optional = (convert) => (value, ...rest) => (value === null ? null : convert(value, ...rest));
const columnsOf = (names) => new Map(names.map((name) => [name, ANY]));
const record = (entries) => new MRecord(entries);
const moment = (kind, text, format) => {
  const milliseconds = format.test(text) ? Date.parse(`${text}Z`.replace(/^([\d-]+)Z$/, "$1")) : NaN;
  if (Number.isNaN(milliseconds)) throw new MError(`We couldn't parse the input '${text}' as a ${kind}.`);
  return new Moment(kind, milliseconds);
};
const dateOf = (value) => new Date(value.milliseconds);
const date = (year, month, day) => new Moment("date", Date.UTC(year, month - 1, day));
const ordered = (list) => list.filter((value) => value !== null).sort((left, right) => (comparable(left) < comparable(right) ? -1 : 1));

// Creating a formatter takes much longer than using it.
const weekdays = new Map();
function weekday(culture) {
  if (!weekdays.has(culture)) weekdays.set(culture, new Intl.DateTimeFormat(culture, { weekday: "long", timeZone: "UTC" }));
  return weekdays.get(culture);
}

const FORMATS = { "yyyy-MM": 7, "yyyy-MM-ddTHH:mm:ss": 19 };
function formatted(value, options) {
  const length = FORMATS[options.get("Format")];
  if (!length) throw new MError(`The format ${options.get("Format")} is not known to this interpreter.`);
  return dateOf(value).toISOString().slice(0, length);
}

function withColumns(table, names) {
  names.forEach((name) => table.list(name));
  return new MTable(
    new Map(names.map((name) => [name, table.columns.get(name)])),
    table.rows.map((row) => record(names.map((name) => [name, row.get(name)]))),
  );
}

// The rows of a CSV file. Texts may be in quotes, and may then contain commas and line breaks.
function csv(content) {
  const rows = [[]];
  for (const [, quoted, plain, end] of content.toString().matchAll(/(?:"((?:[^"]|"")*)"|([^,\n\r]*))(,|\r?\n|$)/g)) {
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ",") rows.push([]);
  }
  const full = rows.filter((row) => row.join("") !== "");
  const names = (full[0] ?? []).map((_, index) => `Column${index + 1}`);
  return new MTable(columnsOf(names), full.map((row) => record(names.map((name, index) => [name, row[index] ?? null]))));
}

function fromJson(value) {
  if (Array.isArray(value)) return value.map(fromJson);
  if (value === null || typeof value !== "object") return value;
  return record(Object.entries(value).map(([name, one]) => [name, fromJson(one)]));
}

export const library = (now) => ({
  "Binary.ToText": optional((value, encoding) => value.toString(encoding)),
  "BinaryEncoding.Hex": "hex",
  "Csv.Document": csv,
  "Date.AddDays": optional((value, days) => new Moment("date", value.milliseconds + days * DAY)),
  "Date.DayOfWeek": optional((value, first) => (dateOf(value).getUTCDay() - first + 7) % 7),
  "Date.DayOfWeekName": optional((value, culture) => weekday(culture).format(dateOf(value))),
  "Date.EndOfYear": optional((value) => date(dateOf(value).getUTCFullYear(), 12, 31)),
  "Date.FromText": optional((text) => moment("date", text, /^\d{4}-\d\d-\d\d$/)),
  "Date.StartOfYear": optional((value) => date(dateOf(value).getUTCFullYear(), 1, 1)),
  "Date.ToText": optional(formatted),
  "Date.Year": optional((value) => dateOf(value).getUTCFullYear()),
  "DateTime.Date": optional((value) => new Moment("date", Math.floor(value.milliseconds / DAY) * DAY)),
  "DateTime.FromText": optional((text) => moment("datetime", text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)),
  "DateTimeZone.FixedUtcNow": () => new Moment("datetimezone", now),
  "DateTimeZone.RemoveZone": optional((value) => new Moment("datetime", value.milliseconds)),
  "DateTimeZone.ToText": optional(formatted),
  "Day.Monday": 1,
  "Duration.Days": optional((value) => Math.trunc(value.milliseconds / DAY)),
  "Error.Record": (reason, message, detail) => record([["Reason", reason], ["Message", message], ["Detail", detail]]),
  "Int64.From": optional((text) => {
    if (!/^-?\d+$/.test(text)) throw new MError(`We couldn't convert '${text}' to Number.`);
    return Number(text);
  }),
  "Int64.Type": new MType("Int64.Type", { nullable: true }),
  "Json.Document": (text) => fromJson(JSON.parse(text)),
  "List.Accumulate": (list, seed, accumulator) => list.reduce((state, value) => accumulator(state, value), seed),
  "List.Combine": (lists) => lists.flat(1),
  "List.Dates": (start, count, step) => Array.from({ length: count }, (_, index) => new Moment("date", start.milliseconds + index * step.milliseconds)),
  "List.Intersect": ([first, ...others]) => first.filter((value) => others.every((list) => list.includes(value))),
  "List.Max": (list) => ordered(list).at(-1) ?? null,
  "List.Min": (list) => ordered(list)[0] ?? null,
  "List.Transform": (list, transform) => list.map((value) => transform(value)),
  "QuoteStyle.Csv": 1,
  "Record.Field": (value, name) => {
    if (!value.has(name)) throw new MError(`The field '${name}' of the record wasn't found.`);
    return value.get(name);
  },
  "Record.FieldOrDefault": (value, name, instead) => value.get(name) ?? instead,
  "Table.AddColumn": (table, name, generator, type) =>
    new MTable(new Map([...table.columns, [name, type]]), table.rows.map((row) => record([...row, [name, generator(row)]]))),
  "Table.ColumnNames": (table) => [...table.columns.keys()],
  // Without a type, the columns are the fields of the first record, and without a record there are none.
  "Table.FromRecords": (records, type) => typed(type?.columns ?? columnsOf([...(records[0] ?? record([])).keys()]), records),
  "Table.IsEmpty": (table) => table.rows.length === 0,
  "Table.PromoteHeaders": (table) => {
    const [head, ...rows] = table.rows.map((row) => [...row.values()]);
    return new MTable(columnsOf(head ?? []), rows.map((row) => record(row.map((value, index) => [head[index], value]))));
  },
  "Table.SelectColumns": withColumns,
  "Table.SelectRows": (table, condition) => new MTable(table.columns, table.rows.filter((row) => condition(row) === true)),
  "Table.ToRecords": (table) => table.rows,
  "Table.TransformColumns": (table, operations) => {
    operations.forEach(([name]) => table.list(name));
    const transforms = new Map(operations);
    const transformed = (row) => record([...row].map(([name, value]) => [name, transforms.has(name) ? transforms.get(name)(value) : value]));
    return new MTable(table.columns, table.rows.map(transformed));
  },
  "Text.BeforeDelimiter": optional((text, delimiter) => text.split(delimiter)[0]),
  "Text.Combine": (texts, separator) => texts.join(separator),
  "Text.Contains": optional((text, part) => text.includes(part)),
  "Text.EndsWith": optional((text, end) => text.endsWith(end)),
  "Text.Start": optional((text, count) => text.slice(0, count)),
  "Text.ToBinary": optional((text, encoding) => Buffer.from(text, encoding)),
  "TextEncoding.Utf8": "utf8",
  "#date": date,
  "#duration": (days, hours, minutes, seconds) => new Moment("duration", days * DAY + ((hours * 60 + minutes) * 60 + seconds) * 1000),
  "#table": (type, rows) => {
    const columns = type instanceof MType ? type.columns : columnsOf(type);
    const names = [...columns.keys()];
    if (rows.some((row) => kindOf(row) !== "list" || row.length !== names.length)) throw new MError("A row has too many or too few values.");
    return typed(columns, rows.map((row) => record(row.map((value, index) => [names[index], value]))));
  },
});

// A table with columns without types, as a source returns it.
export const table = (names, rows) => new MTable(columnsOf(names), rows.map((row) => record(names.map((name, index) => [name, row[index] ?? null]))));
