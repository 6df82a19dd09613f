"""The smallest PDF that a reader opens: pages of plain lines."""

from typing import Final

_LINES: Final = 60


def pdf(lines: list[str]) -> bytes:
    """Lines of text as a document."""
    pages = [lines[start : start + _LINES] for start in range(0, len(lines), _LINES)] or [[]]
    numbers = [4 + 2 * index for index in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    }
    for number, page in zip(numbers, pages, strict=True):
        resources = "/Resources << /Font << /F1 3 0 R >> >> /MediaBox [0 0 595 842]"
        objects[number] = f"<< /Type /Page /Parent 2 0 R {resources} /Contents {number + 1} 0 R >>".encode()
        content = _content(page)
        objects[number + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    return _file(objects)


def _content(lines: list[str]) -> bytes:
    shown = [b"BT /F1 8 Tf 40 800 Td 12 TL"]
    for line in lines:
        text = line.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        shown.append(b"(%s) Tj T*" % text)
    return b"\n".join([*shown, b"ET"])


def _file(objects: dict[int, bytes]) -> bytes:
    out = b"%PDF-1.4\n"
    places = []
    for number in sorted(objects):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer
