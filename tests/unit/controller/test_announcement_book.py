"""What has become of announcements, by rows alone."""

from hypothesis import given
from hypothesis import strategies as st

from controller.announcement_book import AnnouncementBook, State

MADE = {
    "id": "a", "text": "本日は休みます。", "line": None, "place": "greeting", "language": "ja",
    "from_ms": 1000, "until_ms": 2000, "author": "supervisor", "draft": True,
}  # fmt: skip
READY = {"id": "a", "duration_ms": 3000, "kana": "ホンジツ"}
BY = {"id": "a", "by": "課長"}


def book(*rows):
    made = AnnouncementBook()
    for at_ms, kind, data in rows:
        made.take(at_ms, f"announcement.{kind}", data)
    return made


def test_given_a_draft_when_spoken_published_and_over_then_its_states_follow_the_clock():
    rows = [(100, "made", MADE)]
    assert book(*rows).get("a").state(500) is State.RENDERING
    rows.append((200, "ready", READY))
    assert book(*rows).get("a").state(500) is State.DRAFT
    assert book(*rows).get("a").state(2000) is State.EXPIRED
    rows.append((300, "published", BY))
    item = book(*rows).get("a")
    states = [item.state(now_ms) for now_ms in (999, 1000, 1999, 2000)]
    assert states == [State.SCHEDULED, State.LIVE, State.LIVE, State.EXPIRED]
    assert (item.published_ms, item.published_by, item.kana) == (300, "課長", "ホンジツ")
    rows.append((1500, "withdrawn", BY))
    assert book(*rows).get("a").state(1600) is State.WITHDRAWN


def test_given_a_voice_that_failed_then_it_stays_failed_with_its_reason():
    failed = {"id": "a", "why": "voice_missing", "message": "the voice needs …"}
    item = book((100, "made", MADE), (200, "failed", failed)).get("a")
    assert item.state(500) is State.FAILED
    assert item.failure == ("voice_missing", "the voice needs …")
    assert not item.is_to_be_spoken


def test_given_rows_that_say_nothing_then_they_are_passed_over():
    strange = book(
        (1, "ready", READY),
        (2, "made", {"id": "b"}),
        (3, "made", {**MADE, "place": "of a newer version"}),
        (4, "made", MADE),
        (5, "of a newer version", BY),
        (6, "ready", {"id": "a", "duration_ms": "long"}),
    )
    assert [item.announcement.id for item in strange.items()] == ["a"]
    assert strange.get("a").state(500) is State.RENDERING


ROWS = st.lists(
    st.tuples(
        st.integers(0, 3000),
        st.sampled_from(["made", "ready", "published", "withdrawn", "failed", "unknown"]),
        st.sampled_from("abc"),
    ),
    max_size=25,
)


@given(ROWS, st.integers(0, 3000))
def test_given_rows_in_any_order_when_replayed_or_doubled_then_the_same_book_comes_out(rows, now_ms):
    told = [
        (at, kind, {**MADE, **READY, **BY, "id": name, "why": "x", "message": "y"}) for at, kind, name in rows
    ]
    once, again = book(*told), book(*(row for row in told for _ in range(2)))
    assert once.items() == again.items()
    for item in once.items():
        known = {kind for _, kind, data in told if data["id"] == item.announcement.id}
        assert "made" in known
        assert item.state(now_ms) in State
        assert not (item.is_out and item.withdrawn_ms is not None)
        if item.state(now_ms) is State.LIVE:
            assert item.is_out
            assert item.announcement.holds(now_ms)
