"""Read a SOQL text into a query, or refuse it with the vendor's words and caret."""

import re
from dataclasses import dataclass
from typing import Final

from .errors import Refusal

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][\w.]*(?::\d+)?)
    | (?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_COMPARISONS: Final = frozenset({"=", "!=", "<>", "<", ">", "<=", ">="})
_LITERALS: Final = re.compile(r"(?:TODAY|YESTERDAY|TOMORROW|(?:LAST|NEXT)_N_DAYS:\d+)", re.IGNORECASE)
_DEEPEST: Final = 5
_FARTHEST: Final = 2000
_SHOWN: Final = 32


@dataclass(frozen=True, slots=True)
class Path:
    """A field, possibly of a parent: `Account.Parent.Name`; `at` is its place in the text."""

    names: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written: kind is string, number, date, datetime, boolean, null or relative."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field against one value, or several for IN."""

    path: Path
    sign: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """Several conditions joined by one word."""

    word: str
    parts: tuple["Condition", ...]


Condition = Comparison | Junction


@dataclass(frozen=True, slots=True)
class Order:
    """One ordering; nulls come first unless said otherwise."""

    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that is well formed; whether its fields exist is judged later."""

    text: str
    fields: tuple[Path, ...]
    counting: bool
    source: str
    at: int
    where: Condition | None
    orders: tuple[Order, ...]
    limit: int | None
    offset: int


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def pointed(text: str, at: int, message: str) -> str:
    """The vendor's multi-line message: the text, a caret below the place, the place, the reason."""
    start = max(0, at - _SHOWN)
    return f"\n{text[start : at + _SHOWN]}\n{' ' * (at - start)}^\nERROR at Row:1:Column:{at + 1}\n{message}"


def malformed(text: str, at: int, message: str) -> Refusal:
    """A text that is no query."""
    return Refusal(400, "MALFORMED_QUERY", pointed(text, at, message))


def parse(text: str) -> Query:
    """Read a query; raises MALFORMED_QUERY."""
    return _Reader(text).query()


class _Reader:
    """A descent through the tokens of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0

    def query(self) -> Query:
        self._expect("SELECT")
        counting, fields = self._selected()
        self._expect("FROM")
        source = self._need("word")
        where = self._any() if self._take("WHERE") else None
        orders: list[Order] = []
        if self._take("ORDER"):
            self._expect("BY")
            orders.append(self._order())
            while self._take(","):
                orders.append(self._order())
        limit = self._whole() if self._take("LIMIT") else None
        offset = self._whole() if self._take("OFFSET") else 0
        if self._peek().kind != "end":
            raise self._unexpected()
        if offset > _FARTHEST:
            message = "Maximum SOQL offset allowed is 2000"
            raise Refusal(400, "NUMBER_OUTSIDE_VALID_RANGE", message)
        return Query(
            text=self._text,
            fields=fields,
            counting=counting,
            source=source.text,
            at=source.at,
            where=where,
            orders=tuple(orders),
            limit=limit,
            offset=offset,
        )

    def _selected(self) -> tuple[bool, tuple[Path, ...]]:
        if self._peek().text.upper() == "COUNT" and self._peek(1).text == "(":
            self._next += 2
            self._expect(")")
            return True, ()
        fields = [self._path()]
        while self._take(","):
            fields.append(self._path())
        return False, tuple(fields)

    def _path(self) -> Path:
        token = self._need("word")
        names = tuple(token.text.split("."))
        if not all(names) or len(names) > _DEEPEST + 1:
            raise malformed(self._text, token.at, f"unexpected token: '{token.text}'")
        return Path(names, token.at)

    def _any(self) -> Condition:
        """Conditions joined by one word; AND and OR do not mix without brackets."""
        parts = [self._one()]
        word = self._peek().text.upper()
        if word not in {"AND", "OR"}:
            return parts[0]
        while self._take(word):
            parts.append(self._one())
        return Junction(word, tuple(parts))

    def _one(self) -> Condition:
        if self._take("NOT"):
            return Junction("NOT", (self._one(),))
        if self._take("("):
            inner = self._any()
            self._expect(")")
            return inner
        path = self._path()
        sign = self._sign()
        if sign not in {"IN", "NOT IN"}:
            return Comparison(path, sign, (self._value(),))
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return Comparison(path, sign, tuple(values))

    def _sign(self) -> str:
        token = self._peek()
        word = token.text.upper()
        if word == "NOT" and self._peek(1).text.upper() == "IN":
            self._next += 2
            return "NOT IN"
        if word in _COMPARISONS or word in {"IN", "LIKE"}:
            self._next += 1
            return "!=" if word == "<>" else word
        raise self._unexpected()

    def _value(self) -> Literal:
        token = self._peek()
        if token.kind in {"string", "number", "date", "datetime"}:
            self._next += 1
            return Literal(token.kind, token.text)
        word = token.text.upper()
        kind = {"TRUE": "boolean", "FALSE": "boolean", "NULL": "null"}.get(word)
        if kind is None and _LITERALS.fullmatch(word):
            kind = "relative"
        if kind is None:
            raise self._unexpected()
        self._next += 1
        return Literal(kind, word)

    def _order(self) -> Order:
        path = self._path()
        descending = self._take("DESC")
        if not descending:
            self._take("ASC")
        nulls_last = False
        if self._take("NULLS"):
            nulls_last = self._take("LAST")
            if not nulls_last:
                self._expect("FIRST")
        return Order(path, descending, nulls_last)

    def _whole(self) -> int:
        token = self._need("number")
        if not token.text.isdigit():
            raise malformed(self._text, token.at, f"unexpected token: '{token.text}'")
        return int(token.text)

    def _peek(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token.kind == "string" or token.text.upper() != text:
            return False
        self._next += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._unexpected()

    def _need(self, kind: str) -> _Token:
        token = self._peek()
        if token.kind != kind:
            raise self._unexpected()
        self._next += 1
        return token

    def _unexpected(self) -> Refusal:
        token = self._peek()
        if token.kind == "end":
            return malformed(self._text, token.at, "unexpected token: '<EOF>'")
        return malformed(self._text, token.at, f"unexpected token: '{token.text}'")


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            lost = len(text) - len(text[at:].lstrip())
            raise malformed(text, lost, f"line 1:{lost} no viable alternative at character '{text[lost]}'")
        kind, found = match.lastgroup, match.group(match.lastgroup)
        if kind == "string":
            found = _ESCAPE.sub(_unescape, found[1:-1])
        tokens.append(_Token(kind, found, match.start(match.lastgroup)))
        at = match.end()
    tokens.append(_Token("end", "", end))
    return tokens


def _unescape(match: re.Match[str]) -> str:
    letter = match.group(1)
    if letter in "_%":
        return match.group(0)  # LIKE reads these itself
    return _ESCAPES.get(letter, letter)
