"""A page read strictly: every element closed where it must be, tables by their caption."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Element:
    def __init__(self, tag, attributes):
        self.tag, self.attributes, self.children = tag, dict(attributes), []

    @property
    def text(self):
        parts = (one if isinstance(one, str) else one.text for one in self.children)
        return " ".join("".join(parts).split())

    def all(self, *tags):
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    def one(self, tag):
        (found,) = self.all(tag)
        return found


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, attrs)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].children.append(Element(tag, attrs))

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(text):
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert [element.tag for element in reader.open] == ["root"]
    return reader.root


def rows(page, caption):
    """Return the cells of the body of the one table whose caption begins so."""
    (table,) = [
        table for table in page.all("table") if table.one("caption").text.startswith(caption)
    ]
    return [
        [cell.text for cell in row.all("th", "td")]
        for body in table.all("tbody")
        for row in body.all("tr")
    ]


def grouped(page, caption):
    """Return the rows of a table whose groups are currencies: {(currency, first cell): cells}."""
    found, group = {}, None
    for row in rows(page, caption):
        if len(row) == 1:
            (group,) = row
        else:
            found[group, row[0]] = row[1:]
    return found


def number(text):
    """Return what a cell says as a number; None for a dash."""
    if text == "–":
        return None
    plain = text.replace("−", "-").replace(",", "")
    return float(plain.removesuffix("%")) / 100 if plain.endswith("%") else float(plain)
