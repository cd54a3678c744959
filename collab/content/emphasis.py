"""Words as Markdown: escaped, with their marks and links, so that every CommonMark reader sees just these.

The difficulty is emphasis: whether ``**`` opens or closes depends on the characters beside it (CommonMark 6.2), so
``a**"b"**c`` shows asterisks. Each pair of marks is therefore checked where it stands, spaces at its edges are moved
outside, and where no asterisk or underscore would do, the HTML tag stands instead. Marks that Markdown has no sign for
are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from string import punctuation
from urllib.parse import quote

from collab.content.blocks import Image, Inline, Mark, Span, joined

BREAK, CELL_BREAK, NO_BREAK = "\\\n", "<br>", " "
"""What a line break is: in a paragraph, in a cell of a table, in a heading."""

_SHOWN = (Mark.BOLD, Mark.ITALIC, Mark.STRIKE)
_TAGS = {Mark.BOLD: "strong", Mark.ITALIC: "em", Mark.STRIKE: "del"}
_SIGNS = {Mark.BOLD: ("**",), Mark.ITALIC: ("*", "_"), Mark.STRIKE: ("~~",)}

_KEPT = "%/:=&?~#+!$,'@*"
"""What an address keeps besides letters and digits. A semicolon could end the name of a character, as in ``&copy;``."""

_SPECIAL = re.compile(
    r"[\\`\[\]|]"
    r"|(?<! )[*~]|[*~](?! )"  # with spaces on both sides it is no sign
    r"|(?<![^\W_])_|_(?![^\W_])"  # nor is this one in the middle of a word
    r"|<(?=[a-zA-Z/!?]|\Z)|&(?=[a-zA-Z#]|\Z)"
)
_AROUND_BREAK = re.compile(r"[^\S\n]*\n[^\S\n]*")
_AT_START = re.compile(r"#{1,6}(?=\s|$)|[-+*](?=\s|$)|-(?=[-\s]*:?\s*$)|:(?=-)|>|=(?==*\s*$)")
_NUMBER = re.compile(r"\d{1,9}(?=[.)](?:\s|$))")
_TRAILING_HASHES = re.compile(r"(?:^|(?<=\s))#(?=#*$)")
_BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class _Sign:
    """The beginning or the end of a mark; ``pair`` is the place of the other one among the tokens."""

    mark: Mark
    opens: bool
    pair: int


_Token = str | _Sign


def write_inlines(inlines: Iterable[Inline], line_break: str = BREAK) -> str:
    """The pieces of a block as one piece of Markdown; only with ``BREAK`` may it have several lines."""
    tokens: list[_Token] = []
    _group(_pieces(inlines), 0, line_break, tokens)
    shown = _resolved(tokens)
    if line_break == NO_BREAK:
        shown = _TRAILING_HASHES.sub(r"\\#", shown)
    return "\n".join(map(_begun, shown.split("\n")))


def link(label: str, url: str) -> str:
    """A link or, behind an exclamation mark, an image; ``label`` is Markdown."""
    return f"[{label}]({quote(url, safe=_KEPT)})"


def escaped(words: str) -> str:
    """Words that stand for themselves, except at the beginning of a line."""
    return _SPECIAL.sub(r"\\\g<0>", words.replace("\0", "\ufffd"))


def _begun(line: str) -> str:
    """A line that does not begin a heading, a list, a quote or a table."""
    if number := _NUMBER.match(line):
        return f"{number[0]}\\{line[number.end() :]}"
    return f"\\{line}" if _AT_START.match(line) else line


# ---- pieces ---------------------------------------------------------------------------------------------------------


def _pieces(inlines: Iterable[Inline]) -> list[Inline]:
    """Spans with only the marks that are shown, and spaces at the edges of a mark outside of it."""
    parts: list[Inline] = []
    for inline in joined(map(_plainer, inlines)):
        if not isinstance(inline, Span) or Mark.CODE in inline.marks:
            parts.append(inline)
            continue
        core = inline.text.strip()
        before, _, after = inline.text.partition(core) if core else (inline.text, "", "")
        parts += [replace(inline, text=part) for part in (before, core, after) if part]
    return joined(_loosened(_trimmed(parts)))


def _plainer(inline: Inline) -> Inline:
    if not isinstance(inline, Span):
        return inline
    text = inline.text.replace("\r\n", "\n").replace("\r", "\n")
    if Mark.CODE not in inline.marks:
        text = _AROUND_BREAK.sub("\n", text)
    return replace(inline, text=text, marks=inline.marks & {*_SHOWN, Mark.CODE})


def _is_space(inline: Inline) -> bool:
    return isinstance(inline, Span) and Mark.CODE not in inline.marks and inline.text.isspace()


def _trimmed(parts: list[Inline]) -> list[Inline]:
    """Without spaces at either end, where they mean nothing or something else."""
    start, end = 0, len(parts)
    while start < end and _is_space(parts[start]):
        start += 1
    while start < end and _is_space(parts[end - 1]):
        end -= 1
    return parts[start:end]


def _loosened(parts: list[Inline]) -> list[Inline]:
    """Spaces keep a mark only between words that both have it."""
    marks = [part.marks if isinstance(part, Span) else frozenset() for part in parts]
    after: list[frozenset[Mark]] = []  # of each place, the marks of the next words
    following: frozenset[Mark] = frozenset()
    for part, own in zip(reversed(parts), reversed(marks), strict=True):
        after.append(following)
        following = following if _is_space(part) else own
    after.reverse()
    before: frozenset[Mark] = frozenset()
    loosened: list[Inline] = []
    for part, own, coming in zip(parts, marks, after, strict=True):
        if isinstance(part, Span) and _is_space(part):
            part = replace(part, marks=own & before & coming)
        else:
            before = own
        loosened.append(part)
    return loosened


# ---- tokens ---------------------------------------------------------------------------------------------------------


def _group(pieces: Sequence[Inline], level: int, line_break: str, tokens: list[_Token]) -> None:
    """Add the tokens of ``pieces``: first what is around most of them, links, then each mark in turn."""
    if level > len(_SHOWN):
        tokens += [_leaf(piece, line_break) for piece in pieces]
        return
    if level == 0:
        for url, group in groupby(pieces, lambda piece: piece.link if isinstance(piece, Span) else None):
            start = len(tokens)
            if url is not None:
                tokens.append("[")
            _group(list(group), 1, line_break, tokens)
            if url is not None:
                tokens.append(link("", url).removeprefix("["))
            _keep_exclamation(tokens, start)
        return
    mark = _SHOWN[level - 1]
    for has, group in groupby(pieces, lambda piece: isinstance(piece, Span) and mark in piece.marks):
        opening = len(tokens)
        if has:
            tokens.append(_Sign(mark, opens=True, pair=-1))
        _group(list(group), level + 1, line_break, tokens)
        if has:
            tokens[opening] = _Sign(mark, opens=True, pair=len(tokens))
            tokens.append(_Sign(mark, opens=False, pair=opening))


def _keep_exclamation(tokens: list[_Token], start: int) -> None:
    """Words before a link that end in an exclamation mark would make an image of it."""
    before = tokens[start - 1] if start else ""
    if start < len(tokens) and tokens[start] == "[" and isinstance(before, str) and before.endswith("!"):
        tokens[start - 1] = before[:-1] + "\\!"


def _leaf(piece: Inline, line_break: str) -> str:
    if isinstance(piece, Image):
        description = escaped(" ".join(piece.description.split()))
        return "!" + link(description, piece.url) if piece.url else description
    if Mark.CODE not in piece.marks:
        return escaped(piece.text).replace("\n", line_break)
    code = piece.text.replace("\n", " ").replace("\0", "\ufffd")
    if line_break == CELL_BREAK:
        code = code.replace("|", "\\|")  # a table is cut into cells before anything else
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(code)), default=0))
    needs_space = code[0] == "`" or code[-1] == "`" or (code[0] == code[-1] == " " and not code.isspace())
    space = " " if needs_space else ""
    return f"{fence}{space}{code}{space}{fence}"


# ---- signs ----------------------------------------------------------------------------------------------------------


def _resolved(tokens: list[_Token]) -> str:
    """Put the tokens together, each mark with a sign that opens and closes where it stands, or else with its tag."""
    written = ["" if isinstance(token, _Sign) else token for token in tokens]
    # Bold has one sign to try and is decided first; what stands inside it or beside it then takes another.
    for mark in _SHOWN:
        for place, token in enumerate(tokens):
            if not (isinstance(token, _Sign) and token.opens and token.mark is mark):
                continue
            sign = _sign(tokens, written, place, token)
            written[place] = sign or f"<{_TAGS[mark]}>"
            written[token.pair] = sign or f"</{_TAGS[mark]}>"
    return "".join(written)


def _sign(tokens: Sequence[_Token], written: Sequence[str], opening: int, token: _Sign) -> str | None:
    closing = token.pair
    outer_left, inner_left = _edge(tokens, written, opening - 1, -1), _edge(tokens, written, opening + 1, 0)
    inner_right, outer_right = _edge(tokens, written, closing - 1, -1), _edge(tokens, written, closing + 1, 0)
    for sign in _SIGNS[token.mark]:
        if any(_is_beside(sign, tokens, written, place) for place in (opening, closing)):
            continue  # it would become one with its neighbour
        if _opens(sign, outer_left, inner_left) and _closes(sign, inner_right, outer_right):
            return sign
    return None


def _is_beside(sign: str, tokens: Sequence[_Token], written: Sequence[str], place: int) -> bool:
    """Whether a sign of the same character stands next to a place; in words it is escaped."""
    return any(
        0 <= beside < len(tokens) and isinstance(tokens[beside], _Sign) and written[beside][:1] == sign[0]
        for beside in (place - 1, place + 1)
    )


def _edge(tokens: Sequence[_Token], written: Sequence[str], place: int, end: int) -> str:
    """The character at the near end of a token; a sign that is not decided yet is some punctuation."""
    if not 0 <= place < len(tokens):
        return " "
    token = tokens[place]
    return "<" if isinstance(token, _Sign) and not written[place] else written[place][end]


def _opens(sign: str, before: str, after: str) -> bool:
    """Whether a sign between two characters opens: CommonMark's left-flanking, by every version of the rule."""
    if sign == "_" and not _is_open(before):
        return False
    return not after.isspace() and (_is_word(after) or _is_open(before))


def _closes(sign: str, before: str, after: str) -> bool:
    return _opens(sign, after, before)


def _is_open(character: str) -> bool:
    """Whether every version of CommonMark takes it for a space or for punctuation."""
    return character.isspace() or character in punctuation or unicodedata.category(character).startswith("P")


def _is_word(character: str) -> bool:
    """Whether no version of CommonMark takes it for a space or for punctuation; the newest counts symbols too."""
    return not character.isspace() and not unicodedata.category(character).startswith(("P", "S"))
