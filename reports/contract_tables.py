"""The tables of what the contract asks for besides the calls: かけ直し, 席の配置, 勤務実態."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from config.clock import JST, from_ms
from reports.attendance import StaffDay
from reports.cells import Cell, Section, Table
from reports.history import Contract
from reports.period import WEEKDAYS, Period, day_of, half_hour_of
from reports.recalls import LONGEST, Recalls
from reports.spread import average_s
from reports.staffed import Slot, Staffed
from reports.tally import rate
from reports.work import Work, Worked
from reports.written import Written

_MOST_BELOW = 3000
"""So many rows of the list are printed; JSON has all of them."""


def contract_sections(contract: Contract, period: Period) -> tuple[Section, ...]:
    """かけ直し, 席の配置 and 勤務実態 as far as there is anything of them."""
    parts = [
        Section("記録の内訳", _written(contract.written, contract.work)),
        Section("かけ直し", _recalls(contract.recalls)),
    ]
    in_detail = period.kind != "year"
    staffed = contract.staffed
    if staffed is not None and staffed.slots:
        parts.append(Section("席の配置", _staffed(staffed, period), wide=True))
        if in_detail:
            parts.append(Section("席の不足", (_below(staffed),), wide=True))
    if contract.work.operators:
        parts.append(Section("勤務実態", (_operators(contract.work),), wide=True))
        if in_detail:
            parts.append(Section("勤務実態（日別）", (_work_days(contract.work),), wide=True))
    if contract.staff and in_detail:
        parts.append(Section("業務責任者の勤務", (_staff(contract.staff),)))
    return tuple(parts)


def _written(written: Written, work: Work) -> tuple[Table, ...]:
    lines = (
        ("応答件数", Cell(written.answered, "count"), ""),
        ("記録のある応答", Cell(written.recorded, "count"), "受付簿または記録簿に書かれたもの"),
        ("完結件数", Cell(written.closed, "count"), "市や他の機関へ引き継がなかったもの"),
        ("完結率", Cell(written.closed_rate, "rate"), "完結 ÷ 応答"),
        ("交付予約受付簿", Cell(written.entries["booking"], "count"), "期間中に書かれた件数"),
        ("問合せ記録簿", Cell(written.entries["inquiry"], "count"), "期間中に書かれた件数"),
    )
    whole = Table("完結と記録", ("項目", "値", "備考"), tuple((Cell(a), b, Cell(c)) for a, b, c in lines))
    names = {"booking": "交付予約受付簿", "inquiry": "問合せ記録簿"}
    rows = tuple(
        (
            Cell(f"{names[one.ledger]}　{one.label}"),
            Cell(one.value),
            Cell(one.count, "count"),
            Cell(rate(one.count, written.entries[one.ledger]), "rate"),
        )
        for one in written.counts
    )
    tables = [whole]
    if rows:
        tables.append(Table("内容の内訳", ("項目", "内容", "件数", "割合"), rows))
    if written.operators:
        tables.append(_answered(written, work))
    return tuple(tables)


def _answered(written: Written, work: Work) -> Table:
    rows = []
    for operator, one in written.operators.items():
        worked = work.operators.get(operator)
        wrap_up_ms = None if worked is None else worked.states["wrap_up"]
        talk_s = average_s(one.talks)
        wrap_up_s = None if wrap_up_ms is None or not one.calls else wrap_up_ms / 1000 / one.calls
        rows.append(
            (
                Cell(_name(operator, work.names.get(operator, ""))),
                Cell(one.calls, "count"),
                Cell(talk_s, "seconds"),
                Cell(average_s(one.held), "seconds"),
                Cell(wrap_up_s, "seconds"),
                Cell(None if talk_s is None or wrap_up_s is None else talk_s + wrap_up_s, "seconds"),
                Cell(one.entries, "count"),
            )
        )
    header = (
        "オペレーター",
        "応答",
        "平均通話（秒）",
        "平均保留（秒）",
        "平均後処理（秒）",
        "平均処理時間（秒）",
        "書いた記録",
    )
    note = "平均通話は保留を含む。平均保留は保留のあった通話の平均。平均処理時間 ＝ 平均通話 ＋ 平均後処理。"
    return Table("オペレーター別の応答", header, tuple(rows), note=note)


def _staff(days: Sequence[StaffDay]) -> Table:
    rows = tuple(
        (
            Cell(_day(one.day)),
            Cell(_name(one.person, one.name)),
            Cell("、".join(f"{_clock(a)}～{_clock(b)}" for a, b in one.stays)),
            Cell(one.present_ms / 1000, "time"),
            Cell(sum(one.breaks.values()) / 1000, "time"),
            Cell(_reasons(one.breaks)),
            Cell("退勤の記録なし" if one.is_open else ""),
        )
        for one in days
    )
    header = ("日", "氏名", "出勤～退勤", "勤務時間", "休憩", "休憩の内訳", "備考")
    return Table("業務責任者の勤務", header, rows, note="席に着かない者が、自ら登録したもの。")


def _reasons(breaks: Mapping[str, int]) -> str:
    return "、".join(f"{reason} {Cell(ms / 1000, 'time').text}" for reason, ms in sorted(breaks.items()))


def _recalls(recalls: Recalls) -> tuple[Table, ...]:
    hours = f"{recalls.within_ms / 3_600_000:g}時間以内"
    lines = (
        ("番号の分かる着信", Cell(recalls.known, "count"), ""),
        ("非通知などの着信", Cell(recalls.withheld, "count"), "かけ直しを調べられない"),
        ("番号の記録がない着信", Cell(recalls.erased, "count"), "保存期間を過ぎて消去されたものを含む"),
        ("利用者数", Cell(recalls.citizens, "count"), "異なる番号の数"),
        ("かけ直しのあった試み", Cell(recalls.recalled, "count"), f"{hours}に再び着信"),
        ("初めはつながらなかった試み", Cell(recalls.failed_first, "count"), "一度目の着信が応答されなかった"),
        ("　後につながった", Cell(recalls.reached_later, "count"), f"{hours}、折り返しを含む"),
        ("　つながらなかった", Cell(recalls.never_reached, "count"), hours),
        ("　後につながった割合", Cell(rate(recalls.reached_later, recalls.failed_first), "rate"), ""),
        ("　つながるまでの平均（秒）", Cell(recalls.average_until_reached_s, "seconds"), ""),
        ("　つながるまでの中央値（秒）", Cell(recalls.median_until_reached_s, "seconds"), ""),
    )
    chains = tuple(
        (Cell(f"{n}回以上" if n == LONGEST else f"{n}回"), Cell(count, "count"), Cell(""))
        for n, count in enumerate(recalls.chains, 1)
    )
    return (
        Table("かけ直し", ("項目", "値", "備考"), tuple((Cell(a), b, Cell(c)) for a, b, c in lines)),
        Table("一続きの試みの回数", ("着信の回数", "件数", "備考"), chains),
    )


def _staffed(staffed: Staffed, period: Period) -> tuple[Table, ...]:
    need = staffed.required
    total = (
        Cell("合計"),
        Cell(staffed.open_ms / 1000, "time"),
        Cell(staffed.average, "seats"),
        Cell(min(slot.least for slot in staffed.slots), "count"),
        Cell(staffed.below_ms / 1000, "time"),
        Cell(staffed.full_rate, "rate"),
    )
    header = ("日", "受付時間", "平均席数", "最少席数", f"{need}席未満の時間", f"{need}席以上の割合")
    groups: dict[str, list[Slot]] = defaultdict(list)
    for slot in staffed.slots:
        day = day_of(slot.from_ms)
        groups[f"{day.year}年{day.month}月" if period.kind == "year" else _day(day)].append(slot)
    by_day = tuple(_group(name, slots) for name, slots in groups.items())
    tables = [Table(f"席の配置（基準 {need}席）", header, by_day, total)]
    if period.kind != "year":
        tables.append(_matrix(staffed))
    return tuple(tables)


def _group(name: str, slots: list[Slot]) -> tuple[Cell, ...]:
    open_ms, below_ms = sum(one.open_ms for one in slots), sum(one.below_ms for one in slots)
    return (
        Cell(name),
        Cell(open_ms / 1000, "time"),
        Cell(sum(one.seat_ms for one in slots) / open_ms, "seats"),
        Cell(min(one.least for one in slots), "count"),
        Cell(below_ms / 1000, "time"),
        Cell(rate(open_ms - below_ms, open_ms), "rate"),
    )


def _matrix(staffed: Staffed) -> Table:
    halves = sorted({half_hour_of(slot.from_ms) for slot in staffed.slots})
    days: dict[date, dict[int, Slot]] = defaultdict(dict)
    for slot in staffed.slots:
        days[day_of(slot.from_ms)][half_hour_of(slot.from_ms)] = slot
    rows = tuple(
        (
            Cell(_day(day)),
            *(Cell(own[n].least, "count") if n in own else Cell("") for n in halves),
        )
        for day, own in days.items()
    )
    header = ("日", *(f"{n // 2}:{n % 2 * 30:02d}" for n in halves))
    return Table(
        "30分ごとの最少席数",
        header,
        rows,
        heat="low",
        limit=staffed.required,
        note=f"色は {staffed.required}席に満たない時間のあった時間帯。",
    )


def _below(staffed: Staffed) -> Table:
    shown = staffed.below[:_MOST_BELOW]
    rows = tuple(
        (
            Cell(_day(day_of(one.from_ms))),
            Cell(_clock(one.from_ms)),
            Cell(_clock(one.to_ms)),
            Cell(one.length_ms / 1000, "time"),
            Cell(one.least, "count"),
            Cell(one.why),
        )
        for one in shown
    )
    left = len(staffed.below) - len(shown)
    return Table(
        f"{staffed.required}席に満たない時間（受付時間内）",
        ("日", "から", "まで", "時間", "最少席数", "配置のない席と状態"),
        rows,
        note="" if rows and not left else f"ほか {left:,} 件は JSON にあります。" if left else "ありません。",
    )


_STATES = ("受付可", "着信中", "通話", "保留", "後処理", "離席", "未登録")
_ENDS = ("占有率", "稼働率", "離席の内訳")


def _operators(work: Work) -> Table:
    sums = tuple(
        (Cell(_name(operator, work.names.get(operator, ""))), *_times(worked))
        for operator, worked in work.operators.items()
    )
    everyone = Worked()
    for worked in work.operators.values():
        everyone.plus(worked)
    return Table(
        "オペレーター別（合計）",
        ("オペレーター", "ログイン時間", *_STATES, *_ENDS),
        sums,
        (Cell("合計"), *_times(everyone)),
    )


def _work_days(work: Work) -> Table:
    rows = tuple(
        (
            Cell(_day(one.day)),
            Cell(_name(one.operator, one.name)),
            Cell("、".join(f"{_clock(a)}～{_clock(b)}（席{seat}）" for seat, a, b in one.stays)),
            *_times(one.worked),
        )
        for one in work.days
    )
    header = ("日", "オペレーター", "ログイン～ログアウト", "ログイン時間", *_STATES, *_ENDS)
    return Table("日別", header, rows)


def _times(worked: Worked) -> tuple[Cell, ...]:
    breaks = _reasons(worked.breaks)
    return (
        Cell(worked.logged_in_ms / 1000, "time"),
        *(Cell(ms / 1000, "time") for ms in worked.states.values()),
        Cell(worked.occupancy, "rate"),
        Cell(worked.utilisation, "rate"),
        Cell(breaks),
    )


def _name(operator: str, name: str) -> str:
    return f"{operator} {name}".strip()


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"


def _clock(at_ms: int) -> str:
    moment: datetime = from_ms(at_ms).astimezone(JST)
    # The end of a day that was cut at midnight.
    return f"{moment:%H:%M:%S}"
