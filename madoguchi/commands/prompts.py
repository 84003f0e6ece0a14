"""`madoguchi prompts list|build|check`: the guidance texts and their voice files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ivr.guidance import Guidance
from ivr.texts import Text, TextsError, default_folder, load_readings, spoken
from ivr.voice_files import Manifest, VoiceUnavailable, check

FAULTS_FOUND = 1


class Format(StrEnum):
    """How facts are printed."""

    TEXT = "text"
    JSON = "json"


Folder = Annotated[
    Path | None, typer.Option("--folder", help="The prompts/ folder", show_default="the one shipped")
]
HomeOption = Annotated[Path, typer.Option("--home", help="State directory")]
Output = Annotated[Format, typer.Option("--format", help="Output format")]


@dataclass(frozen=True, slots=True)
class Row:
    """One text as `prompts list` shows it. `origin`: recorded, voice or missing."""

    id: str
    text: str
    spoken: str
    kana: str | None
    where: str
    note: str
    file: str
    origin: str
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
    """List the texts: wording, reading, length, origin of the sound."""
    where = folder or default_folder()
    try:
        guidance, readings, manifest = Guidance(where), load_readings(where), Manifest.read(where)
    except TextsError as error:
        _refuse(str(error))
    rows = [_row(guidance, text, readings, manifest) for text in guidance.texts.values()]
    if output is Format.JSON:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
        return
    origins = {"recorded": "録音", "voice": "合成", "missing": "なし"}
    for row in rows:
        print(f"{row.id}  {row.duration_ms / 1000:.1f}秒  {origins[row.origin]}  {row.where}")
        print(f"    {row.text}")
    for problem in guidance.problems:
        typer.echo(problem, err=True)


def build_voices(
    folder: Folder = None,
    home: HomeOption = Path("var"),
    everything: Annotated[bool, typer.Option("--all", help="Make unchanged ones too")] = False,
    output: Output = Format.TEXT,
) -> None:
    """Make the voice of the texts that changed. Needs the voice packages."""
    try:
        from ivr.voice import OpenJTalkVoice, build
    except ModuleNotFoundError as error:
        _refuse(str(VoiceUnavailable(error.name or "numpy")))
    rendered = []
    try:
        for text_id in build(folder or default_folder(), OpenJTalkVoice(), everything=everything):
            rendered.append(text_id)
            if output is Format.TEXT:
                print(text_id)
    except (TextsError, VoiceUnavailable) as error:
        _refuse(str(error))
    if output is Format.JSON:
        print(json.dumps({"rendered": rendered}))
    elif not rendered:
        print("作り直す音声はありません。")


def check_voices(
    folder: Folder = None,
    home: HomeOption = Path("var"),
    output: Output = Format.TEXT,
) -> None:
    """Compare the voice files with the texts; exit status 1 when something is wrong."""
    try:
        problems = check(folder or default_folder())
    except TextsError as error:
        _refuse(str(error))
    if output is Format.JSON:
        found = [{"id": problem.text, "kind": problem.kind, "what": problem.what} for problem in problems]
        print(json.dumps({"ok": not problems, "problems": found}, ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            print(f"{problem.text}: {problem.kind}: {problem.what}")
        if not problems:
            print("音声はすべて文章どおりです。")
    if problems:
        raise typer.Exit(FAULTS_FOUND)


def _row(guidance: Guidance, text: Text, readings: dict[str, str], manifest: Manifest) -> Row:
    file = guidance.media(text.id).removeprefix("sound:")
    recorded = Path(file).is_relative_to(guidance.folder / "recorded")
    voice = manifest.voices.get(text.id)
    duration_ms = guidance.duration_ms(text.id)
    return Row(
        id=text.id,
        text=text.ja,
        spoken=spoken(text.ja, readings),
        kana=voice.kana if voice and not recorded else None,
        where=text.where,
        note=text.note,
        file=file,
        origin="recorded" if recorded else "voice" if duration_ms else "missing",
        duration_ms=duration_ms,
    )


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
