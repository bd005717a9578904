"""What is remembered lasts as long as one answer, and no longer."""

from helpdesk.core.memo import is_remembered, once, remembered


def test_remembered_is_asked_once_and_forgotten_afterwards():
    asked = []

    @once
    def load(name, year=0):
        asked.append((name, year))
        return f"{name} {year}"

    assert [load("CN"), load("CN")] == ["CN 0", "CN 0"]
    assert asked == [("CN", 0)] * 2  # outside a block nothing is kept
    asked.clear()
    with remembered():
        load("CN")
        with remembered():  # a page that shows another one's parts
            assert load("CN") == "CN 0"
        assert (load("CN", year=2026), load("TW")) == ("CN 2026", "TW 0")
        assert load("CN", year=2026) == "CN 2026"
        assert asked == [("CN", 0), ("CN", 2026), ("TW", 0)]
    assert not is_remembered()
    load("CN")
    assert len(asked) == 4
