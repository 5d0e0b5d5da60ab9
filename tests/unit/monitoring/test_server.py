"""TLS, silent clients, and what an error looks like from outside."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from lis_sim.errors import RunError
from lis_sim.monitoring import Exporter, Tls
from tests.unit.monitoring.records import record


def self_signed(folder: Path, *more: str) -> Tls:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed (Debian: apt install openssl)")
    tls = Tls(folder / "certificate.pem", folder / "key.pem")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    command += ["-keyout", str(tls.key), "-out", str(tls.certificate), *(more or ["-nodes"])]
    subprocess.run(command, check=True, capture_output=True)
    return tls


def received(client: socket.socket) -> bytes:
    try:
        return b"".join(iter(lambda: client.recv(4096), b""))
    except ConnectionResetError:
        return b""


def test_with_a_certificate_it_speaks_tls_only(tmp_path: Path) -> None:
    tls = self_signed(tmp_path)
    trusting = ssl.create_default_context(cafile=tls.certificate)
    with Exporter("demo", lambda: record(4), port=0, tls=tls) as exporter:
        assert exporter.url.startswith("https://127.0.0.1:")
        with urlopen(exporter.url, timeout=5, context=trusting) as answer:
            assert b'lis_sim_windows_total{run="demo"} 5.0' in answer.read()
        with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urlopen(exporter.url, timeout=5)
        with socket.create_connection(("127.0.0.1", exporter.port), timeout=5) as plain:
            plain.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            assert b"lis_sim" not in received(plain)


def test_a_client_that_says_nothing_stops_neither_others_nor_the_end(tmp_path: Path) -> None:
    tls = self_signed(tmp_path)
    trusting = ssl.create_default_context(cafile=tls.certificate)
    with (
        Exporter("demo", lambda: record(4), port=0, tls=tls) as exporter,
        socket.create_connection(("127.0.0.1", exporter.port)),
        urlopen(exporter.url, timeout=5, context=trusting) as answer,
    ):
        assert answer.status == 200


def test_tls_files_that_cannot_be_used_are_told_before_anything_runs(tmp_path: Path) -> None:
    secret = self_signed(tmp_path, "-passout", "pass:secret")
    other = tmp_path / "other"
    other.mkdir()
    not_pem = tmp_path / "notes.txt"
    not_pem.write_text("no certificate")
    for tls in (
        secret,
        Tls(secret.certificate, self_signed(other).key),
        Tls(tmp_path / "missing.pem", secret.key),
        Tls(not_pem, not_pem),
    ):
        with pytest.raises(RunError, match=r"accepted: two PEM files of one pair, the key without"):
            Exporter("demo", lambda: None, port=0, tls=tls).start()


def test_a_broken_history_is_a_failed_scrape_that_says_why() -> None:
    def broken() -> None:
        raise RunError("windows.jsonl: this line is not a committed record")

    with Exporter("demo", broken, port=0) as exporter:
        with pytest.raises(HTTPError) as caught:
            urlopen(exporter.url, timeout=5)
        assert caught.value.code == 500
        assert b"not a committed record" in caught.value.read()


def test_a_browser_that_asks_for_an_icon_gets_none() -> None:
    with (
        Exporter("demo", lambda: record(0), port=0) as exporter,
        pytest.raises(HTTPError, match="404"),
    ):
        urlopen(exporter.url.replace("/metrics", "/favicon.ico"), timeout=5)
