"""Pictures drawn on the server."""

from xml.etree import ElementTree as ET

from kit.web import svg


def test_a_picture_says_what_it_shows_and_runs_nothing_of_what_it_names() -> None:
    """Names are escaped, pieces sum to the width, and no style stands inline, which the policy would refuse."""
    drawn = svg.bar([("<script>", 3, "good"), ("none", 0, "bad"), ("late", 1, "warn")], about='three & "one"')
    root = ET.fromstring(str(drawn))  # noqa: S314 - it was drawn one line above

    rects = list(root.iter("rect"))
    assert 'three & "one"' == root.attrib["aria-label"]
    assert ["<script>", "late"] == [rect.findtext("title") for rect in rects]
    assert 240.0 == float(rects[-1].attrib["x"]) + float(rects[-1].attrib["width"]) + 1
    assert "style" not in str(drawn)


def test_a_line_stays_within_its_frame() -> None:
    """Whatever the values are; one value makes no line."""
    root = ET.fromstring(str(svg.spark([5, 5, 900, -3], about="cases")))  # noqa: S314 - it was drawn right here

    points = [tuple(map(float, pair.split(","))) for pair in root[0].attrib["points"].split()]
    assert 4 == len(points)
    assert all(0 <= x <= 120 and 0 <= y <= 28 for x, y in points)
    assert "" == svg.spark([1], about="one")


def test_a_ring_is_never_more_than_full() -> None:
    """Twice the whole is the whole, and a part of nothing is nothing."""
    full, none = (ET.fromstring(str(svg.ring(part, whole, about="x"))) for part, whole in ((8, 4), (1, 0)))  # noqa: S314 - drawn here

    used, around = map(float, full[1].attrib["stroke-dasharray"].split())
    assert used == around
    assert none[1].attrib["stroke-dasharray"].startswith("0.0 ")


def test_columns_are_named() -> None:
    """Each says its name and value; the tallest reaches the top, nothing has no height."""
    root = ET.fromstring(str(svg.columns([("Mon", 0), ("Tue", 4)], about="a week")))  # noqa: S314 - drawn right here

    assert ["Mon: 0", "Tue: 4"] == [rect.findtext("title") for rect in root]
    assert ["0.0", "54.0"] == [rect.attrib["height"] for rect in root]
