"""The routes of the log-in, and of one's own account."""

from __future__ import annotations

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from desk import account, kiosks, log_in
from desk import account_models as models
from desk.operation import API, PAGE, Operation
from desk.rights import Right

_BASE = f"{API}/account"


def _own(
    path: str,
    handler: Handler,
    summary: str,
    body: type[BaseModel] | None = None,
    answer: type[BaseModel] = models.Done,
    problems: tuple[int, ...] = (400, 409, 413, 503),
) -> Operation:
    return Operation(
        "POST",
        f"{_BASE}/{path}",
        handler,
        summary,
        answer,
        body=body,
        problems=problems,
        right=Right.BE_HERE,
        always=True,
    )


ACCOUNT_OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/login", log_in.login, "The log-in page", types=PAGE, public=True),
    Operation(
        "POST",
        "/login",
        log_in.log_in,
        "Begin a browser session: with id and password (an operator: or PIN), or with the API token; on to "
        "`next`, or to /login/code; back to /login?failed=… when it is wrong, without saying what",
        form=("id", "password", "token", "next"),
        may_miss=("id", "password", "token", "next"),
        status=303,
        problems=(400, 403, 413, 503),
        public=True,
    ),
    Operation(
        "GET", "/login/code", log_in.code_page, "The second step of the log-in", types=PAGE, public=True
    ),
    Operation(
        "POST",
        "/login/code",
        log_in.code,
        "The second step: the authenticator's code; back to /login/code?failed=1 when it is wrong",
        form=("code",),
        status=303,
        problems=(400, 403, 413, 503),
        public=True,
    ),
    Operation(
        "GET",
        "/kiosk/{token}",
        kiosks.open_link,
        "A wall's link: its token for a cookie, and on to /kiosk",
        status=303,
        problems=(404, 503),
        public=True,
    ),
    Operation(
        "POST",
        "/logout",
        log_in.log_out,
        "End the browser session",
        status=303,
        right=Right.BE_HERE,
        always=True,
    ),
    Operation(
        "GET",
        "/account",
        account.account_page,
        "The page of one's own account",
        types=PAGE,
        right=Right.BE_HERE,
        always=True,
    ),
    Operation(
        "GET",
        _BASE,
        account.account_now,
        "Who is logged in here, and where else",
        models.AccountNow,
        problems=(503,),
        right=Right.BE_HERE,
        always=True,
    ),
    _own("password", account.change_password, "Change one's own password", models.PasswordBody),
    _own(
        "totp",
        account.offer_totp,
        "A new secret for an authenticator; it counts once its first code has come",
        models.AgainBody,
        models.TotpOffer,
    ),
    _own("totp/confirm", account.confirm_totp, "The authenticator's first code", models.CodeBody),
    _own("totp/remove", account.remove_totp, "No second step any more", models.AgainBody),
    _own(
        "sessions/{session}/end",
        account.end_session,
        "Log oneself out at another browser",
        problems=(404,),
    ),
    _own("sessions/end-others", account.end_others, "Log oneself out everywhere else", problems=()),
)
