#!/usr/bin/env python3
"""markdown_to_scdoc.py NAME SECTION SUMMARY < PAGE.md > PAGE.scd - the project's pages as manual pages.

Understands the Markdown that docs/*.md use: headings, paragraphs, lists, code in fences or indented, tables, and within
a line code, bold and links. A table whose rows don't fit into a line becomes a list: its first column the terms. Ends
with 1 where a page uses something else, rather than to print it wrongly.
"""
import re
import sys

WIDTH = 76
PAGES = {"events.md": "*paced-events*(7)", "protocol.md": "*paced-protocol*(7)", "loop.md": "*paced-loop*(7)"}
INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\[(?P<text>[^\]]+)\]\((?P<link>[^)]+)\)")


def escape(text):
    return re.sub(r"([\\*_`])", r"\\\1", text)


def inline(text):
    """One paragraph's text; what would begin a heading, list or table at its beginning is kept from it."""
    def replace(match):
        if match["code"]:
            page = PAGES.get(match["code"].removeprefix("docs/"))
            return page or "*" + escape(match["code"]) + "*"
        if match["bold"]:
            return "*" + escape(match["bold"]) + "*"
        page = PAGES.get(match["link"])
        return page or "%s (%s)" % (escape(match["text"]), escape(match["link"]))

    parts, at = [], 0
    for match in INLINE.finditer(text):
        parts += [escape(text[at:match.start()]), replace(match)]
        at = match.end()
    text = "".join(parts + [escape(text[at:])])
    return "\\" + text if re.match(r"[#|\[\]:;.~-]", text) else text


def cells(row):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip()[1:-1])]


def table(rows):
    head, body = cells(rows[0]), [cells(row) for row in rows[2:]]
    if any(len(row) != len(head) for row in body):
        raise ValueError("a row of %s has another number of cells" % rows[0])
    widths = [max(len(row[column]) for row in [head, *body]) for column in range(len(head))]
    if sum(widths) + 3 * len(widths) > WIDTH:
        return described(head, body)
    lines = []
    for row in [head, *body] if any(head) else body:
        for column, cell in enumerate(row):
            sign = "|" if column == 0 and lines else "[" if column == 0 else ":"
            text = inline(cell)
            lines.append("%s[ %s" % (sign, "*%s*" % text if row is head and cell else text))
    return lines


def described(head, body):
    lines = []
    for row in body:
        lines += [inline(row[0]), *described_cells(head, row), ""]
    return lines[:-1]


def described_cells(head, row):
    """The other cells, each with what its column is called, unless there is only one."""
    told = [(name, cell) for name, cell in zip(head[1:], row[1:]) if cell]
    lines = [(name + ": " if name and len(row) > 2 else "") + inline(cell) for name, cell in told or [("", "nothing more")]]
    return ["\t" + "++\n".join(lines)]  # scdoc's line break takes the rest without an indentation


def block(lines):
    """What one block of lines without an empty one between becomes."""
    lines = [line for line in lines if not line.startswith("<!--")]
    if not lines:
        return []
    if lines[0].startswith("|"):
        return table(lines)
    if lines[0].startswith("#"):
        if len(lines) > 1:
            raise ValueError("text directly below " + lines[0])
        level, title = lines[0].split(" ", 1)
        return ["# " + title.upper() if level == "##" else "## " + title]
    if re.match(r"- ", lines[0]):
        items = re.sub(r"\n(?!- )\s*", " ", "\n".join(lines)).split("\n")
        return ["- " + inline(item[2:]) for item in items]
    if re.match(r"[*+>] |\d+\. ", lines[0]):
        raise ValueError("not understood: " + lines[0])
    return [inline(" ".join(line.strip() for line in lines))]


def blocks(text):
    """(is code, its lines), in order."""
    lines = text.split("\n") + [""]
    at = 0
    while at < len(lines):
        begin = at
        if lines[at].startswith("```"):
            at = lines.index("```", at + 1) + 1
            yield True, lines[begin + 1:at - 1]
        elif lines[at].startswith("    "):
            while lines[at].startswith("    "):
                at += 1
            yield True, [line[4:] for line in lines[begin:at]]
        elif lines[at].strip():
            while lines[at].strip() and not lines[at].startswith("```"):
                at += 1
            yield False, lines[begin:at]
        else:
            at += 1


def convert(name, section, summary, text):
    out = ["%s(%s)" % (name, section), "", "# NAME", "", "%s - %s" % (name, summary), "", "# DESCRIPTION"]
    for is_code, lines in list(blocks(text))[1:]:  # without the title
        body = ["```", *lines, "```"] if is_code else block(lines)
        if body:
            out += ["", *body]
    return "\n".join(out) + "\n\n# SEE ALSO\n\n*pacectl*(1), *libpace*(3), %s, *paced*(8)\n" % (
        ", ".join(page for page in PAGES.values() if name not in page))


if __name__ == "__main__":
    try:
        sys.stdout.write(convert(*sys.argv[1:4], sys.stdin.read()))
    except ValueError as error:
        sys.exit("markdown_to_scdoc.py: %s" % error)
