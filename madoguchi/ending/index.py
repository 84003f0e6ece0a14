"""The directory that the city gets: its list of files with checksums, signed, and checking it.

`index.json` names every file; `SHA256SUMS` says the same to `sha256sum -c`, `index.html` to people. Signed is
`index.json`, with the installation's key (`madoguchi.signing`), whose public half lies beside.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import IO, Any

from config import ConfigError, Home
from madoguchi.signing import PUBLIC, sign, verified

INDEX, SUMS, PAGE, SIGNATURE, READ_ME = (
    "index.json", "SHA256SUMS", "index.html", "index.signed.json", "README.ja.txt",
)  # fmt: skip
_OWN = {INDEX, SUMS, PAGE, SIGNATURE, PUBLIC}
_CHUNK = 1 << 20

HOW = """\
窓口 引渡しデータ

index.html     目録（何がどのファイルにあるか）
index.json     同じ目録（機械用。ファイルごとの SHA-256、件数）
SHA256SUMS     検査: このディレクトリで  sha256sum -c SHA256SUMS
index.signed.json, signing.pub
               目録の署名（Ed25519）。検査: bin/madoguchi contract check ディレクトリ
               公開鍵 signing.pub は、契約の始めに渡したものと同じであることを確かめてください。

*.jsonl  1行に1件の JSON（UTF-8）     *.csv  カンマ区切り（UTF-8、BOM付き）
*.json   JSON（UTF-8）                *.xlsx  ブック（Excel、LibreOffice）
*.html   ブラウザーで開き、A4に印刷できる報告書

個人情報を含みます。読める者を限り、暗号化した媒体で保管してください。
"""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the export. ``rows`` is None where counting means nothing."""

    what: str
    bytes: int
    sha256: str
    rows: int | None = None


class Writer:
    """Writes the files of an export below a directory, and knows their checksums."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.files: dict[str, File] = {}

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """A new file of this name (with its folders)."""
        path = self.directory / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())

    def add(self, name: str, what: str, rows: int | None = None) -> None:
        """Take a file that was written into the list."""
        path = self.directory / name
        self.files[name] = File(what, path.stat().st_size, digest(path), rows)

    def put(self, name: str, content: bytes, what: str, rows: int | None = None) -> None:
        """Write a file whole, and take it into the list."""
        with self.open(name) as out:
            out.write(content)
        self.add(name, what, rows)

    def copy(self, name: str, source: Path, what: str) -> None:
        """Copy a file, and take it into the list."""
        with source.open("rb") as read, self.open(name) as out:
            while part := read.read(_CHUNK):
                out.write(part)
        self.add(name, what)

    def finish(self, home: Home, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Write the lists and the signature; returns the index.

        Raises:
            ConfigError: the signing key cannot be read or made.
        """
        self.put(READ_ME, HOW.encode(), "読み方と検査のしかた")
        index = {
            **facts,
            "files": {
                name: {"what": one.what, "rows": one.rows, "bytes": one.bytes, "sha256": one.sha256}
                for name, one in sorted(self.files.items())
            },
        }
        raw = (json.dumps(index, ensure_ascii=False, indent=1) + "\n").encode()
        sums = "".join(f"{one.sha256}  {name}\n" for name, one in sorted(self.files.items()))
        signed = sign(home, {"kind": "export", "index_sha256": hashlib.sha256(raw).hexdigest()})
        for name, content in (
            (INDEX, raw),
            (SUMS, f"{sums}{hashlib.sha256(raw).hexdigest()}  {INDEX}\n".encode()),
            (PAGE, _page(index).encode()),
            (SIGNATURE, (json.dumps(signed, indent=1) + "\n").encode()),
            (PUBLIC, (home.keys / PUBLIC).read_bytes()),
        ):
            with self.open(name) as out:
                out.write(content)
        return index


def check(directory: Path, public: Path | None = None) -> dict[str, Any]:
    """Read an export back: every file as its checksum says, none more, none less, the list as it was signed.

    ``public``: the key that the signature must be of; None: the one that lies in the export.

    Raises:
        ConfigError: says which file is not as it was written.
    """
    try:
        raw = (directory / INDEX).read_bytes()
        index: dict[str, Any] = json.loads(raw)
        files = index["files"]
        key = base64.b64decode((public or directory / PUBLIC).read_text(encoding="ascii").strip())
    except OSError as problem:
        raise ConfigError(f"{problem.filename}: cannot be read: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{directory / INDEX}: is not the list of an export") from None
    signed = verified(directory / SIGNATURE, key, known_as=str(public or directory / PUBLIC))
    if signed.get("index_sha256") != hashlib.sha256(raw).hexdigest():
        raise ConfigError(f"{directory / INDEX}: was changed after it was signed")
    there = {
        path.relative_to(directory).as_posix()
        for path in directory.rglob("*")
        if path.is_file() and path.parent.name != "certificate"
    }
    for name in sorted(set(files) - there):
        raise ConfigError(f"{directory / name}: is missing")
    for name in sorted(there - set(files) - _OWN):
        raise ConfigError(f"{directory / name}: does not stand in {INDEX}")
    for name, one in files.items():
        if digest(directory / name) != one["sha256"]:
            raise ConfigError(f"{directory / name}: is not what was written (SHA-256)")
    return index


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _page(index: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><a href='{escape(name)}'>{escape(name)}</a></td><td>{escape(one['what'])}</td>"
        f"<td class=n>{'' if one['rows'] is None else format(one['rows'], ',')}</td>"
        f"<td class=n>{one['bytes']:,}</td><td><code>{one['sha256']}</code></td></tr>"
        for name, one in index["files"].items()
    )
    return (
        "<!DOCTYPE html><html lang=ja><meta charset=utf-8><title>引渡しデータ 目録</title><style>"
        "body{font:10pt/1.5 'Yu Gothic','Noto Sans CJK JP',IPAexGothic,sans-serif;margin:8mm}"
        "table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.6mm 1.6mm;"
        "text-align:left}td.n{text-align:right}code{font-size:7pt;word-break:break-all}"
        "@page{size:A4 landscape;margin:12mm}</style>"
        f"<h1>引渡しデータ 目録</h1><p>{escape(str(index['contract']))}　"
        f"{escape(str(index['made']))} 作成（{escape(str(index['by']))}）</p>"
        f"<p>記録台帳の先頭: <code>{escape(str(index['journal_head']))}</code></p>"
        "<table><tr><th>ファイル<th>内容<th>件数<th>バイト<th>SHA-256</tr>" + rows + "</table></html>\n"
    )
