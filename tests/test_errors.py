"""The error tree: every error of ours is a builtin one too, and a list in a message says what it left out."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangeo import errors
from urbangeo.errors import UrbangeoError, listed

TREE = {
    "InputError": ValueError,
    "SchemaError": ValueError,
    "JoinError": ValueError,
    "CrsError": ValueError,
    "UnknownNameError": LookupError,
    "SnapError": ValueError,
    "DataIntegrityError": RuntimeError,
    "OutputError": OSError,
    "DownloadError": OSError,
}


@pytest.mark.parametrize(("name", "builtin"), TREE.items())
def test_every_error_is_ours_and_builtin(name: str, builtin: type[Exception]) -> None:
    error = getattr(errors, name)
    assert issubclass(error, UrbangeoError)
    assert issubclass(error, builtin)
    with pytest.raises(builtin, match="three words here"):
        raise error("three words here")


def test_the_tree_is_complete() -> None:
    found = {name for name, thing in vars(errors).items() if inspect.isclass(thing) and issubclass(thing, Exception)}
    assert found == {*TREE, "UrbangeoError"}


def test_an_output_error_reads_as_it_was_written() -> None:
    """OSError takes its arguments apart; one sentence must come out as one sentence."""
    assert str(errors.OutputError("Cannot write a.csv: disk full.")) == "Cannot write a.csv: disk full."


@pytest.mark.parametrize(
    ("items", "shown", "text"),
    [
        ([], 3, ""),
        (["a"], 3, "a"),
        (["a", "b", "c"], 3, "a, b, c"),
        (["a", "b", "c", "d"], 3, "a, b, c (+1 more)"),
        (iter([370102, None]), 3, "370102, None"),
    ],
)
def test_lists_by_hand(items: object, shown: int, text: str) -> None:
    assert listed(items, shown) == text  # type: ignore[arg-type]


@given(st.lists(st.text(alphabet="甲乙丙", min_size=1), max_size=30), st.integers(1, 12))
def test_a_list_never_hides_how_many_it_left_out(items: list[str], shown: int) -> None:
    text = listed(items, shown)
    assert text.startswith(", ".join(items[:shown]))
    assert text.endswith(f"(+{len(items) - shown} more)") == (len(items) > shown)
