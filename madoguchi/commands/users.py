"""`madoguchi users`: accounts of the desk, beside an instance that runs; who is changed is logged out."""

from __future__ import annotations

import getpass
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from madoguchi.records import fail, now_ms, records, terminal

# What they do is imported when one of them runs: it needs the desk, which no other command waits for.
if TYPE_CHECKING:
    from db.people import Account
    from desk.account_book import Book

_Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")]
_Json = Annotated[str, typer.Option("--format", help="text or json.")]
_By = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who does it; default: the login name.")
]
_Person = Annotated[str, typer.Argument(metavar="ID")]
_Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; goes into the audit log.")]
_Lines = Annotated[
    str | None, typer.Option("--lines", metavar="ID,ID", help="The lines that the person sees; default: all.")
]
_HOME = Path("var")
_ROLES = "operator, supervisor, manager, auditor, city."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    users = typer.Typer(no_args_is_help=True, help="画面のアカウント / accounts of the desk.")
    users.command("list")(users_list)
    users.command("add")(users_add)
    users.command("password")(users_password)
    users.command("role")(users_role)
    users.command("disable")(users_disable)
    users.command("enable")(users_enable)
    users.command("unlock")(users_unlock)
    users.command("totp-reset")(users_totp_reset)
    users.command("kiosk")(users_kiosk)
    app.add_typer(users, name="users")


def users_list(form: _Json = "text", home: _Home = _HOME) -> None:
    """アカウントの一覧 / everybody who can have a log-in."""
    as_json, work = _wants_json(form), _work()
    with records(home) as database:
        accounts = work.accounts_of(home, database)
        rows = [work.facts_of(one, accounts) for one in accounts.all()]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(title="アカウント / accounts")
    for column in ("ID", "名前", "役割", "回線", "パスワード", "二段階目", "状態", "最後のログイン"):
        table.add_column(column)
    for row in rows:
        by = "あり" if row["has_password"] else "暗証番号" if row["role"] == "operator" else "なし"
        lines = "すべて" if row["lines"] is None else ", ".join(row["lines"])
        last = row["logged_in"] or "–"
        totp = "あり" if row["totp"] else "–"
        table.add_row(
            row["id"],
            row["name"],
            work.ROLE_WORDS[work.Role(row["role"])],
            lines,
            by,
            totp,
            work.state_of(row),
            last,
        )
    terminal().print(table)


def users_add(
    person: _Person,
    role: Annotated[str, typer.Option("--role", help=_ROLES)],
    name: Annotated[str | None, typer.Option("--name", help="Default: the id.")] = None,
    operator: Annotated[
        str | None, typer.Option("--operator", metavar="ID", help="Who the person is at a seat.")
    ] = None,
    lines: _Lines = None,
    by: _By = None,
    form: _Json = "text",
    home: _Home = _HOME,
) -> None:
    """人を足す。パスワードは一度だけ表示する / a new account; its password is shown once."""
    as_json, work = _wants_json(form), _work()
    wanted = work.role_of(role)
    with records(home) as database:
        known = work.known(home)
        if operator is not None and operator not in known.operators():
            fail(f"--operator: {operator!r} is no operator of madoguchi.toml")
        seen = work.lines_of(known.settings, lines)
        new = work.Account(work.normal(person), name or person, wanted.value, operator, seen)
        password = work.passwords.new_password()
        work.attempt(lambda: work.book_of(database, by).add(new, password))
    _tell_password(new.id, password, as_json=as_json)


def users_password(
    person: _Person,
    from_stdin: Annotated[
        bool, typer.Option("--stdin", help="Take the password from the standard input instead of making one.")
    ] = False,
    by: _By = None,
    form: _Json = "text",
    home: _Home = _HOME,
) -> None:
    """仮のパスワードを作る / a new password, to be changed at the next log-in; all sessions end."""
    as_json, work = _wants_json(form), _work()
    with records(home) as database:
        one = work.one_of(home, database, person)
        password = work.passwords.new_password()
        if from_stdin:
            password = sys.stdin.readline().rstrip("\n")
            if (wrong := work.passwords.mistake(password, one.id, one.name)) is not None:
                fail(f"--stdin: {work.passwords.MISTAKES[wrong]}")
        work.attempt(
            lambda: work.book_of(database, by).set_password(one, password, must_change=not from_stdin)
        )
    if from_stdin:
        _tell(one.id, "password", as_json=as_json)
    else:
        _tell_password(one.id, password, as_json=as_json)


def users_role(
    person: _Person,
    role: Annotated[str, typer.Argument(metavar="ROLE", help=_ROLES)],
    lines: _Lines = None,
    reason: _Reason = "",
    by: _By = None,
    form: _Json = "text",
    home: _Home = _HOME,
) -> None:
    """役割と、見える回線を変える / another role, and with --lines the lines; all sessions end."""
    as_json, work = _wants_json(form), _work()
    wanted = work.role_of(role)
    with records(home) as database:
        known = work.known(home)
        one = work.one_of(home, database, person)
        if one.id in known.operators() and wanted is not work.Role.OPERATOR:
            fail(f"ID: {one.id} is an operator of madoguchi.toml; add the person under another id")
        book = work.book_of(database, by)
        if wanted.value != one.role:
            work.attempt(lambda: book.set_role(one, wanted, reason or None))
        if lines is not None:
            seen = work.lines_of(known.settings, None if lines == "all" else lines)
            work.attempt(lambda: book.set_lines(one, seen, reason or None))
    _tell(one.id, wanted.value, as_json=as_json)


def users_disable(
    person: _Person, reason: _Reason = "", by: _By = None, form: _Json = "text", home: _Home = _HOME
) -> None:
    """アカウントを停止する / close the account; all sessions end."""
    _change(
        home,
        person,
        by,
        form,
        "disabled",
        lambda book, one: book.set_disabled(one, reason or None, disabled=True),
    )


def users_enable(
    person: _Person, reason: _Reason = "", by: _By = None, form: _Json = "text", home: _Home = _HOME
) -> None:
    """アカウントを再開する / open the account again."""
    _change(
        home,
        person,
        by,
        form,
        "enabled",
        lambda book, one: book.set_disabled(one, reason or None, disabled=False),
    )


def users_unlock(person: _Person, by: _By = None, form: _Json = "text", home: _Home = _HOME) -> None:
    """続いた失敗を取り消す / forget the failed log-ins."""
    _change(home, person, by, form, "unlocked", lambda book, one: book.unlock(one))


def users_totp_reset(
    person: _Person, reason: _Reason = "", by: _By = None, form: _Json = "text", home: _Home = _HOME
) -> None:
    """ログインの二段階目を取り消す / the authenticator is lost: log in without; all sessions end."""
    _change(home, person, by, form, "totp_reset", lambda book, one: book.drop_totp(one, reason or None))


def users_kiosk(
    label: Annotated[str | None, typer.Argument(metavar="[LABEL]", help="Where; none: list all.")] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=400, help="How long it opens the wallboard.")
    ] = 90,
    revoke: Annotated[str | None, typer.Option("--revoke", metavar="LINK", help="End this link.")] = None,
    by: _By = None,
    form: _Json = "text",
    home: _Home = _HOME,
) -> None:
    """掲示リンクを作る、一覧、取り消す / links that open the wallboard on a wall, and nothing else."""
    as_json, work = _wants_json(form), _work()
    with records(home) as database:
        kiosks = work.kiosks_of(home, database)
        who = by or getpass.getuser()
        if revoke is not None:
            if not kiosks.revoke(revoke, who, time.time(), now_ms()):
                fail(f"--revoke: {revoke!r} is no link that still opens anything")
            _tell(revoke, "revoked", as_json=as_json)
            return
        if label is None:
            _tell_kiosks(work.kiosk_facts(kiosks), as_json=as_json)
            return
        link, token = kiosks.make(label, days, who, time.time(), now_ms())
    told = {
        "link": link.link,
        "label": link.label,
        "until": work.when(link.until_ms),
        "path": f"/kiosk/{token}",
    }
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    print(f"{link.label}: {told['until']} まで")
    print(f"いま一度だけ表示します / shown this once:\n  (画面のアドレス){told['path']}")


def _change(
    home: Path, person: str, by: str | None, form: str, what: str, act: Callable[[Book, Account], None]
) -> None:
    as_json, work = _wants_json(form), _work()
    with records(home) as database:
        one = work.one_of(home, database, person)
        work.attempt(lambda: act(work.book_of(database, by), one))
    _tell(one.id, what, as_json=as_json)


def _tell(person: str, what: str, *, as_json: bool) -> None:
    print(json.dumps({"id": person, "done": what}) if as_json else f"{person}: {what}")


def _tell_password(person: str, password: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"id": person, "password": password}))
        return
    print(f"{person} のパスワード (一度だけ表示。はじめのログインで変えます): {password}")


def _wants_json(form: str) -> bool:
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    return form == "json"


def _tell_kiosks(rows: list[dict[str, str]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        print(f"{row['link']}  {row['until']}  {row['state']:7}  {row['label']}")
    print(f"{len(rows)} 件")


def _work() -> ModuleType:
    import madoguchi.user_work

    return madoguchi.user_work
