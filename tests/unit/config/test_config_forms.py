"""The forms of the ledgers as settings: what is shipped, what a site may write, and how mistakes are said."""

from pathlib import Path

import pytest

from config import ConfigError, Home, Settings, load_settings
from config.categories import DEFAULT_TREE, mistake, paths
from config.forms import BOOKING, INQUIRY, LEDGERS, Forms, form_of


def load(tmp_path: Path, toml: str) -> Settings:
    home = Home(tmp_path)
    home.toml.write_text(toml, encoding="utf-8")
    return load_settings(home)


def test_given_nothing_when_loaded_then_the_forms_are_the_shipped_ones(tmp_path: Path) -> None:
    forms = load(tmp_path, "").forms
    assert (forms.booking, forms.inquiry) == (BOOKING, INQUIRY)
    labels = [field.label for field in BOOKING.fields]
    for wanted in (
        "区分",
        "氏名（カナ）",
        "生年月日",
        "連絡先電話",
        "照会番号",
        "来庁者",
        "確定日時",
        "備考",
    ):
        assert wanted in labels
    assert [field.label for field in INQUIRY.fields][:4] == ["分類", "内容", "回答", "処理区分"]
    assert {field.key for field in BOOKING.fields if not field.is_personal} == {
        *("kind", "notice", "visitor", "wish_1", "wish_2", "wish_3", "fixed", "place", "told")
    }


def test_given_a_form_when_stored_and_read_again_then_it_is_the_same_with_the_same_version() -> None:
    for ledger in LEDGERS:
        form = Forms().of(ledger)
        assert form_of(form.definition) == form
        assert form_of(form.definition).version == form.version
    assert BOOKING.version != INQUIRY.version


def test_given_other_fields_when_loaded_then_they_replace_the_list_in_their_order(tmp_path: Path) -> None:
    forms = load(
        tmp_path,
        """
        [forms.booking]
        title = "予約簿"
        [[forms.booking.fields]]
        key = "persons"
        label = "人数"
        kind = "number"
        least = 1
        most = 9
        required = true
        [[forms.booking.fields]]
        key = "name"
        label = "氏名"
        """,
    ).forms
    assert [field.key for field in forms.booking.fields] == ["persons", "name"]
    assert forms.booking.version != BOOKING.version
    assert forms.inquiry == INQUIRY


FIELD = '[forms.booking]\ntitle = "x"\n[[forms.booking.fields]]\n'


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (FIELD + 'key = "a"\nlabel = "A"\nkind = "choice"', "a: a choice needs choices"),
        (FIELD + 'key = "a"\nlabel = "A"\nchoices = ["x"]', "choices belong to the kind choice"),
        (FIELD + 'key = "a"\nlabel = "A"\nkind = "choice"\nchoices = ["x", "x"]', "x is given twice"),
        (FIELD + 'key = "a"\nlabel = "A"\nleast = 1', "least and most belong to the kind number"),
        (
            FIELD + 'key = "a"\nlabel = "A"\nkind = "number"\nleast = 2\nmost = 1',
            "least 2 is more than most 1",
        ),
        (FIELD + 'key = "a"\nlabel = "A"\nkind = "phone"\npersonal = false', "is always personal"),
        (FIELD + 'key = "a"\nlabel = "A"\nkind = "date"\nlongest = 3', "longest belongs to texts"),
        (FIELD + 'key = "a"\nlabel = "A"\nkind = "colour"', r"\[forms\] booking.fields.0.kind"),
        (FIELD + 'key = "A"\nlabel = "A"', r"\[forms\] booking.fields.0.key"),
        (FIELD + 'key = "a"\nlabel = "A"\nneeded = true', "unknown key"),
        (FIELD + 'key = "a"\nlabel = "123456789018"', "My Number"),
        (
            FIELD + 'key = "a"\nlabel = "A"\n[[forms.booking.fields]]\nkey = "a"\nlabel = "B"',
            "the key a is given twice",
        ),
        ('[forms.booking]\ntitle = "x"\nfields = []', r"\[forms\] booking.fields"),
        ('[forms.other]\ntitle = "x"', "unknown key"),
    ],
)
def test_given_a_mistake_when_loaded_then_it_is_named(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, toml)


def test_given_trees_when_checked_then_mistakes_are_said() -> None:
    assert mistake(DEFAULT_TREE) is None
    assert ("紛失", "一時停止") in set(paths(DEFAULT_TREE))
    node = {"name": "a", "children": []}
    assert mistake([]) == "there is no category at all"
    assert mistake([node, node]) == "a stands twice at the same place"
    deep = {"name": "1", "children": [{"name": "2", "children": [{"name": "3", "children": [node]}]}]}
    assert mistake([deep]) == "a is 4 levels down; at most 3"
    assert "at most 500" in str(mistake([{"name": str(n), "children": []} for n in range(501)]))
