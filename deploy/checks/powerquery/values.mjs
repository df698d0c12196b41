// Values of M. Null, logicals, numbers, texts and lists are those of JavaScript; binaries are Buffers.

export class MError extends Error {}

export class MRecord extends Map {}

export class MTable {
  // `columns` is a map of names to types; `rows` are records.
  constructor(columns, rows) {
    this.columns = columns;
    this.rows = rows;
  }

  // A column's values.
  list(name) {
    if (!this.columns.has(name)) throw new MError(`The column '${name}' of the table wasn't found.`);
    return this.rows.map((row) => row.get(name));
  }
}

// A date, datetime, datetimezone or duration, in milliseconds.
export class Moment {
  constructor(kind, milliseconds) {
    this.kind = kind;
    this.milliseconds = milliseconds;
  }
}

export class MType {
  constructor(name, { nullable = name === "any", columns } = {}) {
    this.name = name;
    this.nullable = nullable;
    this.columns = columns;
  }

  admits(value) {
    if (value === null || value === undefined) return this.nullable || this.name === "null";
    if (this.name === "any") return true;
    if (this.name === "Int64.Type") return Number.isInteger(value);
    return kindOf(value) === this.name;
  }
}

export const ANY = new MType("any");

export function kindOf(value) {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return "text";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "logical";
  if (typeof value === "function") return "function";
  if (value instanceof Moment) return value.kind;
  if (Buffer.isBuffer(value)) return "binary";
  if (Array.isArray(value)) return "list";
  if (value instanceof MRecord) return "record";
  if (value instanceof MTable) return "table";
  if (value instanceof MType) return "type";
  throw new MError(`${value} is no value of M.`);
}

export function comparable(value) {
  return value instanceof Moment ? value.milliseconds : value;
}

export function equal(left, right) {
  return kindOf(left) === kindOf(right) && comparable(left) === comparable(right);
}

// A table of records, with a check of the types of its columns. M does not check a type; the engine that stores the table
// refuses a wrong value later.
export function typed(columns, records) {
  for (const record of records) {
    for (const name of record.keys()) {
      if (!columns.has(name)) throw new MError(`The table's type has no column '${name}'.`);
    }
    for (const [name, type] of columns) {
      if (!record.has(name)) throw new MError(`The field '${name}' of the record wasn't found.`);
      const value = record.get(name);
      // The engine accepts null in every column of any type, except in a key.
      if (value !== null && !type.admits(value)) {
        throw new MError(`The column '${name}' is ${type.name}, and a value is ${kindOf(value)}.`);
      }
    }
  }
  return new MTable(columns, records);
}
