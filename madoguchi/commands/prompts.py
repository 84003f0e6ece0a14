"""`madoguchi prompts list|build|check`: the guidance texts and their voice files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ivr.guidance import Guidance
from ivr.layers import Wish, load_layers
from ivr.texts import LANGUAGES, Text, TextsError, default_folder
from ivr.voice_check import check
from ivr.voice_files import Manifest, VoiceUnavailable

if TYPE_CHECKING:
    from ivr.voice import Voice

FAULTS_FOUND = 1


class Format(StrEnum):
    """How facts are printed."""

    TEXT = "text"
    JSON = "json"


Folder = Annotated[
    Path | None,
    typer.Option("--folder", help="A prompts/ folder by itself", show_default="the one shipped"),
]
HomeOption = Annotated[
    Path, typer.Option("--home", help="State directory; its prompts/ holds the site's own texts")
]
Output = Annotated[Format, typer.Option("--format", help="Output format")]


@dataclass(frozen=True, slots=True)
class Row:
    """One text in one language as `prompts list` shows it. `origin`: recorded, voice or missing.

    `own`: the sound is the site's own.
    """

    id: str
    language: str
    text: str
    spoken: str
    kana: str | None
    where: str
    note: str
    file: str | None
    origin: str
    own: bool
    duration_ms: int


def register(app: typer.Typer) -> None:
    """Add the command and its three parts."""
    prompts = typer.Typer(help="The guidance texts and their voice files", no_args_is_help=True)
    prompts.command("list")(list_texts)
    prompts.command("build")(build_voices)
    prompts.command("check")(check_voices)
    app.add_typer(prompts, name="prompts")


def list_texts(
    folder: Folder = None,
    home: HomeOption = Path("var"),
    output: Output = Format.TEXT,
) -> None:
    """List the texts: wording, reading, length, origin of the sound; each language by itself."""
    try:
        guidance = Guidance(_folders(folder, home))
        rows = _rows(guidance)
    except TextsError as error:
        _refuse(str(error))
    if output is Format.JSON:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
        return
    origins = {"recorded": "録音", "voice": "合成", "missing": "なし"}
    for row in rows:
        if row.language == "ja":
            print(f"{row.id}  {row.where}")
        own = "（自分の文）" if row.own else ""
        print(f"    {row.language}  {row.duration_ms / 1000:.1f}秒  {origins[row.origin]}{own}  {row.text}")
    for problem in guidance.problems:
        typer.echo(problem, err=True)


def build_voices(
    folder: Folder = None,
    home: HomeOption = Path("var"),
    everything: Annotated[bool, typer.Option("--all", help="Make unchanged ones too")] = False,
    output: Output = Format.TEXT,
) -> None:
    """Make the voice of the texts that changed, and convert recordings. Needs the voice packages."""
    try:
        from ivr.voice_build import build
    except ModuleNotFoundError as error:
        _refuse(str(VoiceUnavailable(error.name or "numpy")))
    folders, rendered, refused = _folders(folder, home), [], []
    try:
        for built in build(folders, _voices(folders), everything=everything):
            if built.refused:
                refused.append(built.refused)
                typer.echo(built.refused, err=True)
                continue
            rendered.append({"id": built.text, "language": built.language, "recorded": built.recorded})
            if output is Format.TEXT:
                print(f"{built.text}  {built.language}{'  録音' * built.recorded}")
    except (TextsError, VoiceUnavailable) as error:
        _refuse(str(error))
    if output is Format.JSON:
        print(json.dumps({"rendered": rendered, "refused": refused}, ensure_ascii=False))
    elif not rendered and not refused:
        print("作り直す音声はありません。")
    if refused:
        raise typer.Exit(FAULTS_FOUND)


def check_voices(
    folder: Folder = None,
    home: HomeOption = Path("var"),
    output: Output = Format.TEXT,
) -> None:
    """Compare the voice files with the texts; exit status 1 when something is wrong."""
    try:
        problems = check(_folders(folder, home))
    except TextsError as error:
        _refuse(str(error))
    if output is Format.JSON:
        found = [
            {"id": one.text, "language": one.language, "kind": one.kind, "what": one.what} for one in problems
        ]
        print(json.dumps({"ok": not problems, "problems": found}, ensure_ascii=False, indent=2))
    else:
        for one in problems:
            print(f"{one.text}: {'' if one.language == 'ja' else f'{one.language}: '}{one.kind}: {one.what}")
        if not problems:
            print("音声はすべて文章どおりです。")
    if problems:
        raise typer.Exit(FAULTS_FOUND)


def _folders(folder: Path | None, home: Path) -> tuple[Path, ...]:
    """A folder that was named alone; else the one shipped, with the site's own over it when there is one."""
    if folder is not None:
        return (folder,)
    own = home / "prompts"
    return (default_folder(), own) if own.is_dir() else (default_folder(),)


def _voices(folders: Sequence[Path]) -> Mapping[str, Voice]:
    """The voices of this machine, of the languages that there is something to say in."""
    from ivr.voices import voice_of

    wanted = {language for layer in load_layers(folders) for language, _ in layer.own}
    voices = {}
    for language in LANGUAGES:
        if language not in wanted:
            continue
        try:
            voices[language] = voice_of(language)
        except VoiceUnavailable as error:
            if language == "ja":
                raise
            typer.echo(f"{language}: {error}", err=True)
    return voices


def _rows(guidance: Guidance) -> list[Row]:
    layers = load_layers(guidance.folders)
    wishes: dict[tuple[str, str], Wish] = {}
    for layer in layers:
        wishes |= layer.own
    manifests = {
        (number, language): Manifest.read(layer.folder, language)
        for number, layer in enumerate(layers)
        for language in LANGUAGES
    }
    return [
        _row(guidance, text, language, wishes.get((language, text.id)), manifests)
        for text in guidance.texts.values()
        for language in LANGUAGES
        if text.said(language) or guidance.found(text.id, language)
    ]


def _row(
    guidance: Guidance,
    text: Text,
    language: str,
    wish: Wish | None,
    manifests: Mapping[tuple[int, str], Manifest],
) -> Row:
    found = guidance.found(text.id, language)
    voice = manifests[found.folder, language].voices.get(text.id) if found else None
    return Row(
        id=text.id,
        language=language,
        text=text.said(language),
        spoken=wish.say if wish else "",
        kana=voice.kana if voice and found and found.origin == "voice" else None,
        where=text.where,
        note=text.note,
        file=str(found.stem) if found else None,
        origin=found.origin if found else "missing",
        own=found is not None and found.folder > 0,
        duration_ms=found.duration_ms if found else 0,
    )


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
