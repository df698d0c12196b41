"""Reads DAX expressions. It checks their syntax, and that every column, measure, table and function in them exists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .model import Model

# The functions that the model calls, with the minimum and maximum number of their arguments.
FUNCTIONS = {
    "AVERAGE": (1, 1),
    "CALCULATE": (1, 255),
    "COUNTROWS": (0, 1),
    "DISTINCTCOUNT": (1, 1),
    "DIVIDE": (2, 3),
    "FALSE": (0, 0),
    "FILTER": (2, 2),
    "ISBLANK": (1, 1),
    "MAX": (1, 2),
    "RELATED": (1, 1),
    "SUM": (1, 1),
    "SUMX": (2, 2),
    "USEROBJECTID": (0, 0),
    "USERPRINCIPALNAME": (0, 0),
    "VALUES": (1, 1),
}
TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>"(?:[^"]|"")*")|(?P<quoted>'(?:[^']|'')+')|(?P<word>[A-Za-z_][\w.]*)"""
    r"""|\[(?P<column>(?:[^\]]|\]\])+)\]|(?P<sign><>|>=|<=|==|&&|\|\||[-+*/&=<>(){},]))"""
)
OPERATORS = {"+", "-", "*", "/", "&", "=", "==", "<>", "<", "<=", ">", ">=", "&&", "||", "IN"}


class Invalid(Exception):
    pass


@dataclass
class Used:
    columns: set[tuple[str, str]] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)


def check(text: str, model: Model, used: Used | None = None) -> list[str]:
    try:
        reader = Reader(text, model, used or Used())
        reader.expression()
        reader.end()
    except Invalid as error:
        return [str(error)]
    return reader.problems


class Reader:
    """A recursive descent parser. Precedence does not matter, because nothing is computed."""

    def __init__(self, text: str, model: Model, used: Used):
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        self.model = model
        self.used = used
        self.problems: list[str] = []
        text = text.rstrip()
        position = 0
        while position < len(text):
            found = TOKEN.match(text, position)
            if found is None:
                raise Invalid(f"it cannot be read from: {text[position:position + 30]}")
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "the end")

    def take(self, sign: str | None = None) -> tuple[str, str]:
        token = self.peek()
        if token[0] == "end" or (sign is not None and token != ("sign", sign)):
            raise Invalid(f"{sign or 'an expression'} is missing at {token[1]}")
        self.at += 1
        return token

    def end(self) -> None:
        if self.peek()[0] != "end":
            raise Invalid(f"{self.peek()[1]} follows the expression")

    def expression(self) -> None:
        self.operand()
        while self.peek()[1].upper() in OPERATORS and self.peek()[0] in ("sign", "word"):
            self.at += 1
            self.operand()

    def operand(self) -> None:
        kind, text = self.take()
        if (kind, text) in (("sign", "-"), ("sign", "+")) or (kind == "word" and text.upper() == "NOT"):
            self.operand()
        elif (kind, text) == ("sign", "("):
            self.expression()
            self.take(")")
        elif (kind, text) == ("sign", "{"):
            self.arguments("}")
        elif kind == "column":
            if text not in self.model.measures:
                self.problems.append(f"there is no measure [{text}]")
        elif kind == "word" and self.peek() == ("sign", "("):
            self.call(text.upper())
        elif kind in ("word", "quoted"):
            self.reference(text.strip("'").replace("''", "'"))
        elif kind not in ("number", "string"):
            raise Invalid(f"an expression is missing at {text}")

    def call(self, name: str) -> None:
        self.take("(")
        count = self.arguments(")")
        self.used.functions.add(name)
        least, most = FUNCTIONS.get(name, (0, 255))
        if name not in FUNCTIONS:
            self.problems.append(f"the function {name} is not known to this check")
        elif not least <= count <= most:
            self.problems.append(f"{name} takes no {count} arguments")

    def arguments(self, closing: str) -> int:
        count = 0
        while self.peek() != ("sign", closing):
            if count:
                self.take(",")
            self.expression()
            count += 1
        self.take(closing)
        return count

    def reference(self, table: str) -> None:
        if table not in self.model.tables:
            self.problems.append(f"there is no table {table}")
        if self.peek()[0] == "column":
            column = self.take()[1]
            self.used.columns.add((table, column))
            if table in self.model.tables and (table, column) not in self.model.columns:
                self.problems.append(f"there is no column {table}[{column}]")
