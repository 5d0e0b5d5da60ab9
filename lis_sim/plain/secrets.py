"""Addresses with passwords in them: never written, logged or shown."""

from __future__ import annotations

import re

HIDDEN = "***"
# A password may hold any sign, '/', '?' and '#' too: all between '://' and the last '@' goes.
_WORD = re.compile(r"\S+")
_ENTRY = re.compile(r"(?P<name>[?&;][^?=&;\s]*=)(?P<value>[^&;#\s'\"]+)")
_SECRET = re.compile(r"pass|pwd|secret|token|key|auth|credential|sig", re.IGNORECASE)
# What is the secret itself, not a file that has it (sslkey=/etc/key.pem) or a way to sign in.
_HELD = re.compile(
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|(?<!ssl)(?<!ssl[_-])(?<!tls)(?<!tls[_-])key"
    r"|auth|credentials?|sig|signature)=$",
    re.IGNORECASE,
)
# Of a database, what stands alone before the '@' is a name; of these it may be a token.
_TOKEN_SCHEMES = ("http", "https", "databricks")


def without_secrets(text: str) -> str:
    """Return ``text`` with what stands before the ``@`` of every address hidden.

    >>> without_secrets("no answer from https://me:s3cret@host:9091/x?token=abc&n=1")
    'no answer from https://***@host:9091/x?token=***&n=1'
    >>> without_secrets("http://host:9091"), without_secrets("mail me@example.org")
    ('http://host:9091', 'mail me@example.org')
    """
    hidden = _WORD.sub(_without_user, text) if "://" in text else text
    return _ENTRY.sub(_without_value, hidden)


def has_password(address: str) -> bool:
    """Return whether ``address`` holds a password or a token; a user's name is none.

    >>> has_password("postgresql://me:s3cret@host/db"), has_password("postgresql://me@host/db")
    (True, False)
    >>> has_password("http://host/?token=abc"), has_password("mysql://u@host/db?ssl_key=/k.pem")
    (True, False)
    """
    scheme, _, rest = address.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in host and scheme.lower() in _TOKEN_SCHEMES:
        return True
    if ":" in host and "@" in rest[host.index(":") :]:
        return True
    return any(_HELD.search(entry["name"]) for entry in _ENTRY.finditer(address))


def _without_user(word: re.Match[str]) -> str:
    text = word[0]
    start, end = text.find("://"), text.rfind("@")
    return text if not 0 <= start < end else f"{text[:start]}://{HIDDEN}{text[end:]}"


def _without_value(entry: re.Match[str]) -> str:
    return f"{entry['name']}{HIDDEN}" if _SECRET.search(entry["name"]) else entry[0]
