"""お知らせ, live: from what a supervisor types to what the board holds, over failures and restarts."""

import asyncio
import random
import shutil
from contextlib import suppress

import pytest

from config import parse_local, to_ms
from controller.announcement_book import State
from controller.announcements import KEPT_MS, MOST_AT_ONCE, Announcements
from controller.recorder import Recorder
from controller.refused import RefusedError
from db import Journal, journal_rows, open_database
from ivr.announcement import Place, Unfit
from ivr.speak import SpeakError, Spoken
from tests.unit.controller.controller_rig import TUESDAY, SetClock, until

HOUR = 3_600_000
MIDNIGHT = to_ms(parse_local("2026-11-25"))


class Voice:
    """Speaks at once, or when it may, or not at all."""

    def __init__(self):
        self.spoken = []
        self.may = asyncio.Event()
        self.may.set()
        self.failure = None

    async def speak(self, text, language, stem):
        await self.may.wait()
        if self.failure:
            raise self.failure
        self.spoken.append(text)
        for extension in ("ulaw", "wav16"):
            stem.with_name(f"{stem.name}.{extension}").write_bytes(text.encode())
        return Spoken(1000, "カナ")


class Sounds:
    def __init__(self):
        self.known = {}

    def add(self, text_id, stem, duration_ms):
        self.known[text_id] = (stem, duration_ms)

    def remove(self, text_id):
        del self.known[text_id]


class Bench:
    """One controller's announcements after another's, on one journal and one folder."""

    def __init__(self, database, folder):
        self.database, self.folder, self.clock, self.voice = database, folder, SetClock(), Voice()
        self.begin()

    def begin(self):
        self.journal = Journal(self.database)
        self.journal.start()
        self.recorder = Recorder(self.journal, self.clock)
        self.sounds = Sounds()
        self.all = Announcements(
            self.folder, recorder=self.recorder, clock=self.clock,
            lines=lambda: {"main": "本庁", "other": "支所"}, speaker=self.voice,
        )  # fmt: skip
        self.all.replay(self.database)
        self.all.attach(self.sounds)
        self.all.start()

    async def end(self):
        await self.all.close()
        self.recorder.flush()
        self.journal.close()

    async def restart(self):
        await self.end()
        self.begin()

    async def make(self, text="本日は休みます。", **more):
        made = self.all.make(text, **{"place": "greeting", "author": "課長", **more})
        return await self.all.spoken(made.announcement.id)

    def heard(self, place=Place.GREETING, line="main"):
        """What callers hear now; all of it must be known as a sound."""
        ids = self.all.board.holds(line, place, self.clock.now_ms())
        for one in ids:
            stem, _ = self.sounds.known[one]
            assert stem.with_name(f"{stem.name}.ulaw").is_file()
        return ids

    def state(self, item):
        return self.all.item(item.announcement.id).state(self.clock.now_ms())

    def rows(self):
        self.recorder.flush()
        assert self.journal.flush(5)
        with self.database.read() as connection:
            return [
                (row.entry.kind.removeprefix("announcement."), dict(row.entry.data))
                for row in journal_rows(connection)
            ]


@pytest.fixture
async def bench(empty_database, tmp_path):
    database = open_database(f"sqlite:///{shutil.copy(empty_database, tmp_path / 'madoguchi.db')}")
    bench = Bench(database, tmp_path / "announcements")
    yield bench
    await bench.end()
    database.close()


async def test_given_a_text_when_made_then_it_is_heard_until_the_end_of_the_day(bench):
    item = await bench.make()
    assert bench.state(item) is State.LIVE
    assert bench.heard() == bench.heard(line="other") == (item.announcement.text_id,)
    assert bench.heard(Place.WAITING) == ()
    assert (item.announcement.from_ms, item.announcement.until_ms) == (TUESDAY, MIDNIGHT)
    bench.clock.at_ms = MIDNIGHT - 1
    assert bench.heard() == (item.announcement.text_id,)
    bench.clock.at_ms = MIDNIGHT
    assert bench.heard() == ()
    assert bench.state(item) is State.EXPIRED
    assert [kind for kind, _ in bench.rows()] == ["made", "ready", "published"]
    assert bench.rows()[2][1] == {"id": item.announcement.id, "by": "課長"}


async def test_given_a_draft_when_listened_to_and_published_then_only_then_it_is_heard(bench):
    item = await bench.make(draft=True, place="emergency", line="other")
    assert bench.state(item) is State.DRAFT
    assert bench.all.sound(item.announcement.id).is_file()
    assert bench.heard(Place.EMERGENCY, "other") == ()
    bench.all.publish(item.announcement.id, "部長")
    assert bench.heard(Place.EMERGENCY, "other") == (item.announcement.text_id,)
    assert bench.heard(Place.EMERGENCY) == ()
    assert bench.all.item(item.announcement.id).published_by == "部長"


async def test_given_a_time_ahead_when_published_then_it_is_heard_from_its_beginning(bench):
    item = await bench.make(from_ms=TUESDAY + 30 * HOUR)
    assert item.announcement.until_ms == to_ms(parse_local("2026-11-26"))
    assert bench.state(item) is State.SCHEDULED
    bench.clock.at_ms += 30 * HOUR - 1
    assert bench.heard() == ()
    bench.clock.at_ms += 1
    assert bench.heard() == (item.announcement.text_id,)


async def test_given_a_live_one_when_withdrawn_then_nobody_hears_it_but_who_is_about_to(bench):
    item = await bench.make()
    about_to = bench.heard()
    bench.all.withdraw(item.announcement.id, "部長")
    assert bench.heard() == ()
    assert bench.sounds.known.keys() == set(about_to)
    assert bench.state(item) is State.WITHDRAWN


async def test_given_a_voice_at_work_when_published_or_withdrawn_meanwhile_then_that_counts(bench):
    bench.voice.may.clear()
    published, withdrawn, at_once = (
        bench.all.make("休みます。", place="greeting", author="課長", draft=draft).announcement
        for draft in (True, True, False)
    )
    bench.all.publish(published.id, "部長")
    bench.all.withdraw(withdrawn.id, "部長")
    with pytest.raises(RefusedError, match="published already"):
        bench.all.publish(at_once.id, "部長")
    assert bench.heard() == ()
    bench.voice.may.set()
    for one in (published, withdrawn, at_once):
        await bench.all.spoken(one.id)
    assert bench.heard() == (published.text_id, at_once.text_id)


async def test_given_a_voice_that_fails_then_the_reason_stays_and_nothing_is_heard(bench):
    bench.voice.failure = SpeakError("voice_missing", "the voice needs 'pyopenjtalk'")
    item = await bench.make()
    assert bench.state(item) is State.FAILED
    assert item.failure == ("voice_missing", "the voice needs 'pyopenjtalk'")
    assert bench.heard() == ()
    for act in (bench.all.publish, bench.all.withdraw):
        with pytest.raises(RefusedError, match="could not be spoken"):
            act(item.announcement.id, "部長")
    await bench.restart()
    assert bench.state(item) is State.FAILED


async def test_given_an_end_when_it_is_acted_on_then_it_is_refused(bench):
    item = await bench.make()
    with pytest.raises(RefusedError, match="published already"):
        bench.all.publish(item.announcement.id, "部長")
    bench.all.withdraw(item.announcement.id, "部長")
    for act in (bench.all.publish, bench.all.withdraw):
        with pytest.raises(RefusedError, match="withdrawn"):
            act(item.announcement.id, "部長")
        with pytest.raises(RefusedError, match="no such"):
            act("nothing", "部長")
    over = await bench.make(until_ms=TUESDAY + HOUR)
    bench.clock.at_ms += HOUR
    with pytest.raises(RefusedError, match="over"):
        bench.all.withdraw(over.announcement.id, "部長")


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"text": "{name}様"}, "text"),
        ({"place": "lobby"}, "place"),
        ({"line": "third"}, "line"),
        ({"language": "fr"}, "language"),
        ({"until_ms": TUESDAY}, "until"),
        ({"from_ms": TUESDAY + 2 * HOUR, "until_ms": TUESDAY + HOUR}, "until"),
    ],
)
async def test_given_a_bad_wish_when_made_then_its_field_is_named_and_nothing_is_taken_down(
    bench, wish, field
):
    with pytest.raises(Unfit) as unfit:
        await bench.make(**wish)
    assert unfit.value.field == field
    assert bench.rows() == []
    assert bench.all.items() == []


async def test_given_too_many_at_once_when_one_more_is_made_then_it_is_refused(bench):
    bench.voice.may.clear()
    for _ in range(MOST_AT_ONCE):
        bench.all.make("休みます。", place="greeting", author="課長")
    with pytest.raises(RefusedError) as refused:
        bench.all.make("休みます。", place="greeting", author="課長")
    assert refused.value.code == "busy"


async def test_given_a_restart_when_published_drafted_or_being_spoken_then_all_goes_on(bench):
    live = await bench.make("ひとつめ。")
    draft = await bench.make("ふたつめ。", draft=True)
    gone = await bench.make("みっつめ。")
    bench.all.withdraw(gone.announcement.id, "部長")
    bench.voice.may.clear()
    late = bench.all.make("よっつめ。", place="greeting", author="課長")
    await bench.restart()
    assert bench.heard() == (live.announcement.text_id,)
    assert [bench.state(item) for item in (live, draft, gone, late)] == [
        State.LIVE, State.DRAFT, State.WITHDRAWN, State.RENDERING,
    ]  # fmt: skip
    bench.voice.may.set()
    await bench.all.spoken(late.announcement.id)
    assert bench.heard() == (live.announcement.text_id, late.announcement.text_id)
    assert bench.voice.spoken == ["ひとつめ。", "ふたつめ。", "みっつめ。", "よっつめ。"]


async def test_given_lost_sounds_when_started_or_published_then_they_are_spoken_again(bench):
    live = await bench.make("ひとつめ。")
    draft = await bench.make("ふたつめ。", draft=True)
    await bench.end()
    for file in bench.folder.iterdir():
        file.unlink()
    bench.begin()
    await until(lambda: bool(bench.heard()), "the live one is heard again")
    await bench.all.spoken(draft.announcement.id)
    assert bench.voice.spoken == ["ひとつめ。", "ふたつめ。", "ひとつめ。", "ふたつめ。"]
    for file in bench.folder.iterdir():
        file.unlink()
    bench.all.publish(draft.announcement.id, "部長")
    await bench.all.spoken(draft.announcement.id)
    assert draft.announcement.text_id in bench.all.board.holds("main", Place.GREETING, TUESDAY)
    assert [kind for kind, _ in bench.rows()].count("ready") == 2
    assert live.announcement.text_id in bench.sounds.known


async def test_given_other_sounds_when_attached_then_they_know_what_is_published(bench):
    item = await bench.make()
    bench.sounds = Sounds()
    bench.all.attach(bench.sounds)
    assert bench.heard() == (item.announcement.text_id,)


async def test_given_what_is_long_over_when_another_is_made_then_its_sound_is_deleted_its_text_not(bench):
    old = await bench.make(until_ms=TUESDAY + HOUR)
    bench.clock.at_ms = TUESDAY + HOUR + KEPT_MS
    await bench.make()
    assert bench.all.sound(old.announcement.id) is not None
    bench.clock.at_ms += 1
    await bench.make()
    assert bench.all.sound(old.announcement.id) is None
    assert old.announcement.text_id not in bench.sounds.known
    assert [item.announcement.text for item in bench.all.items()] == ["本日は休みます。"] * 3
    assert bench.state(old) is State.EXPIRED


@pytest.mark.parametrize("seed", range(8))
async def test_given_any_day_of_a_supervisor_when_restarted_anywhere_then_callers_hear_the_same(bench, seed):
    chance = random.Random(seed)
    items = []
    for _ in range(40):
        match chance.choice(["make", "make", "publish", "withdraw", "later", "restart"]):
            case "make":
                begin = bench.clock.at_ms + chance.choice([0, HOUR, 30 * HOUR])
                items.append(
                    await bench.make(
                        place=chance.choice(list(Place)).value, line=chance.choice([None, "main", "other"]),
                        from_ms=begin, until_ms=begin + chance.choice([1, HOUR, 20 * HOUR]),
                        draft=chance.random() < 0.5,
                    )
                )  # fmt: skip
            case "later":
                bench.clock.at_ms += chance.choice([1, HOUR // 2, HOUR, 10 * HOUR])
            case "restart":
                before = {(p, n): bench.heard(p, n) for p in Place for n in ("main", "other")}
                known = [(item.announcement, item.state(bench.clock.at_ms)) for item in bench.all.items()]
                await bench.restart()
                assert before == {(p, n): bench.heard(p, n) for p in Place for n in ("main", "other")}
                again = [(item.announcement, item.state(bench.clock.at_ms)) for item in bench.all.items()]
                assert again == known
            case act if items:
                item = chance.choice(items)
                with suppress(RefusedError):
                    getattr(bench.all, act)(item.announcement.id, "部長")
        live = {i.announcement.text_id for i in bench.all.items() if i.state(bench.clock.at_ms) is State.LIVE}
        assert live == {one for p in Place for n in ("main", "other") for one in bench.heard(p, n)}
