"""What share of the guidance a recogniser of speech understands from 8 kHz mu-law.

    python -m bench.recognise [--language ja|easy|en] [--prompts FOLDER] [--only WORD] [--worst N]
                              [--threads N] [--json FILE]

Prints for each language the character error rate: over the sounds (kana; English letters, numbers in words),
and over the characters as they are written, where another spelling counts as an error; then the texts that
were understood worst. With --json everything is written there, and what that file holds of the same sound is
not recognised again.
"""

import argparse
import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.recognise.hearing import Hearing, RecogniserMissingError
from bench.recognise.likeness import digits_apart, distance, english_letters, kana_sounds, letters
from bench.recognise.sayings import Saying, sayings
from ivr.texts import LANGUAGES, default_folder, load_readings, longest_first, spoken


@dataclass(frozen=True)
class Heard:
    ids: str
    language: str
    sha256: str
    said: str
    heard: str
    sounds_said: str
    sounds_heard: str
    errors: int
    of: int
    written_errors: int
    written_of: int

    @property
    def rate(self) -> float:
        return self.errors / max(1, self.of)


class Judge:
    """Compares; the Japanese side needs the dictionary that gives kana for what was heard."""

    def __init__(self, folder: Path) -> None:
        self._readings = longest_first(load_readings(folder, "ja"))

    def judge(self, saying: Saying, heard: str, sha256: str) -> Heard:
        if saying.language == "en":
            sounds, got = english_letters(saying.words), english_letters(heard)
        else:
            sounds = kana_sounds(saying.kana)
            readings = [kana_sounds(self._kana(text)) for text in (heard, digits_apart(heard))]
            got = min(readings, key=lambda reading: distance(sounds, reading))
        written, got_written = letters(saying.words), letters(heard)
        return Heard(
            ids=saying.name, language=saying.language, sha256=sha256, said=saying.words, heard=heard,
            sounds_said=sounds, sounds_heard=got, errors=distance(sounds, got), of=len(sounds),
            written_errors=distance(written, got_written), written_of=len(written),
        )  # fmt: skip

    def _kana(self, text: str) -> str:
        import pyopenjtalk  # type: ignore[import-not-found]

        return str(pyopenjtalk.g2p(spoken(text, self._readings), kana=True)) if text else ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.recognise", description=__doc__.splitlines()[0])
    parser.add_argument("--language", choices=LANGUAGES, action="append", help="all unless given")
    parser.add_argument("--prompts", type=Path, default=default_folder())
    parser.add_argument("--only", default="", help="only texts whose ids hold this")
    parser.add_argument("--worst", type=int, default=15, help="so many are named")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    known = _known(args.json)
    try:
        judge, hearing = Judge(args.prompts), Hearing(args.threads)
    except RecogniserMissingError as missing:
        print(missing, file=sys.stderr)
        return 1
    console, results = Console(), []
    for language in args.language or LANGUAGES:
        for saying in sayings(args.prompts, language):
            if args.only not in saying.name:
                continue
            sha256 = hashlib.sha256(hearing.name.encode() + b"".join(saying.pieces)).hexdigest()
            if (language, sha256) not in known:
                known[language, sha256] = hearing.hear(saying.pieces, language)
                print(f"{len(results):5} {saying.name[:60]:60}", end="\r", file=sys.stderr, flush=True)
            results.append(judge.judge(saying, known[language, sha256], sha256))
            if args.json and len(results) % 20 == 0:
                _write(args.json, hearing.name, results, known)
    if args.json:
        _write(args.json, hearing.name, results, known)
    _print(console, results, args.worst)
    return 0


def summary(results: list[Heard]) -> list[dict[str, object]]:
    """One row a language, whole texts and composed sentences apart, and together."""
    rows: list[dict[str, object]] = []
    for language in LANGUAGES:
        of_language = [result for result in results if result.language == language]
        kinds = {
            "texts": [r for r in of_language if " " not in r.ids],
            "composed": [r for r in of_language if " " in r.ids],
            "all": of_language,
        }
        for kind, chosen in kinds.items():
            if chosen:
                rows.append(
                    {
                        "language": language,
                        "what": kind,
                        "sayings": len(chosen),
                        "without_error": sum(not result.errors for result in chosen),
                        "characters": sum(result.of for result in chosen),
                        "cer": sum(result.errors for result in chosen) / sum(result.of for result in chosen),
                        "cer_written": sum(result.written_errors for result in chosen)
                        / sum(result.written_of for result in chosen),
                    }
                )
    return rows


def _print(console: Console, results: list[Heard], worst: int) -> None:
    table = Table("language", "what", "sayings", "without error", "characters", "CER", "CER as written")
    for row in summary(results):
        table.add_row(
            *(str(row[key]) for key in ("language", "what", "sayings", "without_error", "characters")),
            f"{row['cer']:.1%}",
            f"{row['cer_written']:.1%}",
        )
    console.print(table)
    for language in LANGUAGES:
        ordered = sorted((r for r in results if r.language == language), key=lambda result: -result.rate)
        for result in ordered[:worst]:
            if result.errors:
                console.print(f"{result.rate:6.0%} {language} {result.ids}", highlight=False)
                console.print(f"       said  {result.said}\n       heard {result.heard}", highlight=False)


def _known(path: Path | None) -> dict[tuple[str, str], str]:
    """What was heard before, by language and sound."""
    if path is None or not path.exists():
        return {}
    return {
        (language, sha256): heard
        for language, entries in json.loads(path.read_text())["heard"].items()
        for sha256, heard in entries.items()
    }


def _write(path: Path, name: str, results: list[Heard], known: dict[tuple[str, str], str]) -> None:
    heard: dict[str, dict[str, str]] = {}
    for (language, sha256), text in known.items():
        heard.setdefault(language, {})[sha256] = text
    whole = {
        "recogniser": name,
        "summary": summary(results),
        "results": [asdict(result) for result in results],
        "heard": heard,
    }
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
