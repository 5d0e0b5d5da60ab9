"""Values and bytes that have broken readers before."""

from __future__ import annotations

from random import Random

FIELDS = (
    *("", " ", "\t", '"', '""', '"""', "'", "\\", "\\N", "\x00", "\x1b[31m", "\u202e", "\ufeff"),
    *("nan", "NaN", "-nan", "inf", "-Infinity", "1e400", "-1e400", "1e-400", "1e39", "0x10"),
    *("0", "1", "-1", " 1 ", "1.0", "1,0", "1_000", "+1", "--1", "1e0", "0.5", "2", "True"),
    *(" True ", "true", "FALSE", "yes", "null", "NULL", "None", "N/A", "[]", "{}", "i1", "ü", "😀"),
    *("1700000000", "1700000000000", "1700000000000000", "-1700000000", "9223372036854775807"),
    *("9223372036854775808", "-9223372036854775808", "18446744073709551616", "9" * 400),
    *("9007199254740993", "1700000000.5", "1700000000.9999999", "2023-11-14", "infinity", "epoch"),
    *("2023-11-14T22:13:20Z", "2023-11-14 22:13:20+25:00", "2023-02-30", "0000-00-00", "now"),
    *("a" * 5_000, "😀" * 3_000, "a\nb", "a\r\nb", "a,b", "a\tb", "=1+1", "[red]", "[/x]", "%s%n"),
    *("../../x", "{0}", "${HOME}", "'; DROP TABLE x; --", '"; SELECT 1; --', "__row", "<script>"),
)
BYTES = (
    *(b"\x00", b"\xff", b"\xfe\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"),
    *(b"\n", b"\r", b"\r\n", b"\n\n", b",", b'"', b"\xef\xbb\xbf", b"\x1a", b"\x0b", b"\x0c"),
    *(b"\xe2\x80\xa8", b"\x85", b"\\", b";", b"\t", b" ", b"PAR1", b"\x1f\x8b\x08", b"PK\x03\x04"),
)


def field(random: Random) -> str:
    """Return a value that is wrong nearly anywhere."""
    return random.choice(FIELDS)


def damaged(content: bytes, random: Random, most: int = 4) -> bytes:
    """Return ``content`` with up to ``most`` bytes flipped, put in, left out, cut or repeated."""
    found = bytearray(content)
    for _ in range(random.randint(1, most)):
        at = random.randrange(len(found) + 1)
        way = random.randrange(6)
        if way == 0 and at < len(found):
            found[at] ^= 1 << random.randrange(8)
        elif way == 1:
            found[at:at] = random.choice(BYTES)
        elif way == 2:
            del found[at : at + random.choice((1, 2, 4, 64))]
        elif way == 3 and random.random() < 0.3:
            del found[at:]
        elif way == 4:
            found[at:at] = found[at : at + random.choice((1, 8, 200))]
        elif at < len(found):
            found[at] = random.randrange(256)
    return bytes(found)
