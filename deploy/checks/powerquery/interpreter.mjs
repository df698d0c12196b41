// Evaluates the part of M that the model uses, from the tree of Microsoft's parser. No engine for M runs outside Windows and
// the Power BI service. Everything that is not known here is refused.

import pq from "@microsoft/powerquery-parser";

import { ANY, MError, MRecord, MTable, MType, Moment, comparable, equal, kindOf } from "./values.mjs";

const { DefaultSettings, TaskUtils } = pq;

export async function parse(text) {
  const task = await TaskUtils.tryLexParse(DefaultSettings, text);
  if (TaskUtils.isError(task)) throw new MError(task.error.message);
  return task.ast;
}

// Names with their values. Each is evaluated at its first use, because M is lazy.
export class Scope {
  constructor(outer, thunks = new Map()) {
    this.outer = outer;
    this.thunks = thunks;
    this.values = new Map();
    this.open = new Set();
  }

  get(name) {
    if (!this.thunks.has(name)) {
      if (this.outer) return this.outer.get(name);
      throw new MError(`The name '${name}' wasn't recognized.`);
    }
    if (!this.values.has(name)) {
      if (this.open.has(name)) throw new MError(`'${name}' refers to itself.`);
      this.open.add(name);
      this.values.set(name, this.thunks.get(name)(this));
      this.open.delete(name);
    }
    return this.values.get(name);
  }
}

const bind = (outer, names, values) => new Scope(outer, new Map(names.map((name, index) => [name, () => values[index]])));
const elements = (wrapper) => wrapper.elements.map((csv) => csv.node);
const nameOf = (node) => node.literal.replace(/^#"(.*)"$/s, "$1").replaceAll('""', '"');

export function evaluate(node, scope) {
  const rule = RULES[node.kind];
  if (!rule) throw new MError(`${node.kind} is not known to this interpreter.`);
  return rule(node, scope);
}

const RULES = {
  LetExpression(node, scope) {
    const pairs = elements(node.variableList);
    const inner = new Scope(scope, new Map(pairs.map((pair) => [nameOf(pair.key), (self) => evaluate(pair.value, self)])));
    return evaluate(node.expression, inner);
  },
  IfExpression(node, scope) {
    return evaluate(logical(evaluate(node.condition, scope)) ? node.trueExpression : node.falseExpression, scope);
  },
  EachExpression: (node, scope) => (value) => evaluate(node.paired, bind(scope, ["_"], [value])),
  FunctionExpression(node, scope) {
    const parameters = elements(node.parameters.content);
    return (...given) => {
      if (given.length !== parameters.length) throw new MError(`${given.length} arguments were passed to a function of ${parameters.length}.`);
      parameters.forEach((parameter, index) => asserted(given[index], parameter.parameterType));
      const result = evaluate(node.expression, bind(scope, parameters.map((parameter) => nameOf(parameter.name)), given));
      return asserted(result, node.functionReturnType);
    };
  },
  ErrorRaisingExpression(node, scope) {
    const error = evaluate(node.paired, scope);
    throw new MError(error instanceof MRecord ? `${error.get("Message")}: ${error.get("Detail")}` : error);
  },
  MetadataExpression: (node, scope) => evaluate(node.left, scope),
  ParenthesizedExpression: (node, scope) => evaluate(node.content, scope),
  LiteralExpression(node) {
    if (node.literalKind === "Text") return node.literal.slice(1, -1).replaceAll('""', '"');
    return JSON.parse(node.literal);
  },
  IdentifierExpression: (node, scope) => scope.get(nameOf(node.identifier)),
  ListExpression: (node, scope) => elements(node.content).map((element) => evaluate(element, scope)),
  RecordExpression(node, scope) {
    // A field can refer to the other fields of its record.
    const pairs = elements(node.content);
    const inner = new Scope(scope, new Map(pairs.map((pair) => [nameOf(pair.key), (self) => evaluate(pair.value, self)])));
    return new MRecord(pairs.map((pair) => [nameOf(pair.key), inner.get(nameOf(pair.key))]));
  },
  FieldSelector: (node, scope) => field(scope.get("_"), node),
  RecursivePrimaryExpression(node, scope) {
    return node.recursiveExpressions.elements.reduce((value, step) => applied(value, step, scope), evaluate(node.head, scope));
  },
  TypePrimaryType: (node, scope) => typeOf(node.paired, scope),
  NullCoalescingExpression: (node, scope) => evaluate(node.left, scope) ?? evaluate(node.right, scope),
  IsExpression: (node, scope) => typeOf(node.right, scope).admits(evaluate(node.left, scope)),
  UnaryExpression(node, scope) {
    return node.operators.elements.reduceRight((value, { constantKind }) => UNARY[constantKind](value), evaluate(node.typeExpression, scope));
  },
  LogicalExpression(node, scope) {
    const left = logical(evaluate(node.left, scope));
    if (left === (node.operatorConstant.constantKind === "or")) return left;
    return logical(evaluate(node.right, scope));
  },
  EqualityExpression: binary,
  RelationalExpression: binary,
  ArithmeticExpression: binary,
};

function binary(node, scope) {
  return BINARY[node.operatorConstant.constantKind](evaluate(node.left, scope), evaluate(node.right, scope));
}

const UNARY = { not: (value) => !logical(value), "-": (value) => -value };

const BINARY = {
  "=": equal,
  "<>": (left, right) => !equal(left, right),
  ">=": (left, right) => (left === null || right === null ? null : alike(left, right) && comparable(left) >= comparable(right)),
  "+": (left, right) => sum(left, right, 1),
  "-": (left, right) => sum(left, right, -1),
  "&"(left, right) {
    if (left === null || right === null) return null;
    if (alike(left, right) && (typeof left === "string" || Array.isArray(left))) return left.concat(right);
    throw new MError(`We cannot apply operator & to ${kindOf(left)}.`);
  },
};

function sum(left, right, sign) {
  if (left === null || right === null) return null;
  if (left instanceof Moment) {
    const difference = sign < 0 && right.kind === left.kind;
    return new Moment(difference ? "duration" : left.kind, left.milliseconds + sign * right.milliseconds);
  }
  if (kindOf(left) !== "number") throw new MError(`We cannot apply operator + to ${kindOf(left)}.`);
  return alike(left, right) && left + sign * right;
}

function alike(left, right) {
  if (kindOf(left) !== kindOf(right)) throw new MError(`We cannot apply an operator to ${kindOf(left)} and ${kindOf(right)}.`);
  return true;
}

// Null is a condition that is not met. Every other value that is not logical is an error.
function logical(value) {
  if (value !== null && typeof value !== "boolean") throw new MError(`We cannot convert a value of type ${kindOf(value)} to logical.`);
  return value === true;
}

function asserted(value, assertion) {
  const type = assertion && typeOf(assertion.paired);
  if (type && !type.admits(value)) throw new MError(`We cannot convert a value of type ${kindOf(value)} to ${type.name}.`);
  return value;
}

function applied(value, step, scope) {
  if (step.kind === "InvokeExpression") {
    if (typeof value !== "function") throw new MError(`We cannot call a value of type ${kindOf(value)}.`);
    return value(...elements(step.content).map((argument) => evaluate(argument, scope)));
  }
  if (step.kind === "FieldSelector") return field(value, step);
  if (step.kind !== "ItemAccessExpression") throw new MError(`${step.kind} is not known to this interpreter.`);
  const items = value instanceof MTable ? value.rows : value;
  const wanted = evaluate(step.content, scope);
  const found = wanted instanceof MRecord ? items.filter((row) => [...wanted].every(([name, one]) => equal(row.get(name), one))) : [items[wanted]];
  if (found.length !== 1 || found[0] === undefined) throw new MError("The key didn't match any rows in the table.");
  return found[0];
}

function field(value, node) {
  const name = nameOf(node.content);
  if (value instanceof MTable) return value.list(name);
  if (!(value instanceof MRecord)) throw new MError(`We cannot convert a value of type ${kindOf(value)} to type Record.`);
  if (!value.has(name)) throw new MError(`The field '${name}' of the record wasn't found.`);
  return value.get(name);
}

function typeOf(node, scope) {
  switch (node.kind) {
    case "PrimitiveType":
      return new MType(node.primitiveTypeKind);
    case "NullableType":
    case "NullablePrimitiveType":
      return new MType(typeOf(node.paired, scope).name, { nullable: true });
    case "TableType": {
      const fields = elements(node.rowType.content);
      const columns = fields.map((one) => [nameOf(one.name), one.fieldTypeSpecification ? typeOf(one.fieldTypeSpecification.fieldType, scope) : ANY]);
      return new MType("table", { columns: new Map(columns) });
    }
    default:
      return evaluate(node, scope);
  }
}
