"""Ticks as JSON lines: what cannot be read is left out by line, and counted."""

import pytest

from paasche.live.sources.messages import read_messages


def line(price):
    return b'{"timestamp": 1718328600000125, "security": "A", "price": %d}' % price


@pytest.mark.parametrize(
    "torn", [b'{"timestamp": 17183, "pri', b"ping", b"5", b"\xff\xfe", line(9) + b"x"]
)
def test_of_a_message_with_a_torn_line_the_others_count(torn):
    messages = [line(1), b"\n".join([line(2), torn, b"", line(3)]), line(4) + b"\r\n"]
    rows, unreadable = read_messages(messages)
    assert (rows["price"].to_list(), unreadable) == ([1.0, 2.0, 3.0, 4.0], 1)


def test_each_torn_line_counts():
    rows, unreadable = read_messages([line(1)[:-4] + b"\n" + line(2), b"{\n}", b""])
    assert (rows["price"].to_list(), unreadable) == ([2.0], 3)
