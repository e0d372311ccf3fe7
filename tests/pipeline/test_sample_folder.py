"""How the demo company's extracts are written into their folder: whole, the same every time, and never over anything else."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from config.company import load_company
from tasks.sample import Sample, write_sample
from tasks.sample.write import FolderInUseError

if TYPE_CHECKING:
    from pathlib import Path

SCALE = 0.002


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return write_sample(tmp_path_factory.mktemp("demo") / "sample", scale=SCALE)


def test_the_same_bytes_are_written_every_time(sample: Sample, tmp_path: Path) -> None:
    again = write_sample(tmp_path / "sample", scale=SCALE)
    assert again.rows_by_file == sample.rows_by_file
    for path in again.rows_by_file:
        assert (again.folder / path).read_bytes() == (sample.folder / path).read_bytes(), path


def test_at_two_hundredths_440_came_and_540_of_2455_went(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    written = write_sample(tmp_path / "sample", scale=0.02, progress=lambda *step: told.append(step))
    found = written.headline
    assert (found.opening_customers, found.customers_in, found.customers_out, found.closing_customers) == (2455, 440, 540, 2355)
    assert [done for _, done, _ in told] == list(range(1, len(told) + 1))
    assert {total for _, _, total in told} == {len(told)}
    assert "440 customers in and 540 out of 2,455" in written.summary


def test_a_folder_with_an_apostrophe_is_written_like_any_other(tmp_path: Path) -> None:
    assert write_sample(tmp_path / "O'Sample" / "x", scale=0.001).headline.customers_out == 27


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(FolderInUseError, match=r"expected an empty folder or an earlier sample, found letters\.txt in it"):
        write_sample(tmp_path, scale=SCALE)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_sample_with_one_more_file_in_it_is_left_alone(sample: Sample, tmp_path: Path) -> None:
    shutil.copytree(sample.folder, tmp_path / "sample")
    (tmp_path / "sample" / "sales" / "notes.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(FolderInUseError, match=r"found sales/notes\.txt in it; choose another folder"):
        write_sample(tmp_path / "sample", scale=SCALE)
    assert (tmp_path / "sample" / "sales" / "notes.txt").read_text(encoding="utf-8") == "keep me"


def test_a_file_is_never_replaced_by_a_sample(tmp_path: Path) -> None:
    (tmp_path / "sample").write_text("keep me", encoding="utf-8")
    with pytest.raises(FolderInUseError, match="expected a folder, found a file; choose another folder"):
        write_sample(tmp_path / "sample", scale=SCALE)
    assert (tmp_path / "sample").read_text(encoding="utf-8") == "keep me"


def test_a_sample_of_an_earlier_version_and_one_with_a_file_missing_are_replaced(sample: Sample, tmp_path: Path) -> None:
    shutil.copytree(sample.folder, tmp_path / "sample")
    (tmp_path / "sample" / "sales" / "customers.csv").unlink()
    (tmp_path / "sample" / "truth").mkdir()
    for name in ("headline.csv", "heads.csv"):
        (tmp_path / "sample" / "truth" / name).write_text("figures", encoding="utf-8")
    again = write_sample(tmp_path / "sample", scale=SCALE)
    found = {path.relative_to(again.folder).as_posix() for path in again.folder.rglob("*") if path.is_file()}
    assert found == set(sample.rows_by_file)


def test_a_sample_that_is_interrupted_leaves_the_one_before_it_whole(tmp_path: Path) -> None:
    earlier = tmp_path / "sample" / "sales" / "customers.csv"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("an earlier sample", encoding="utf-8")

    def interrupt(_what: str, done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path / "sample", scale=SCALE, progress=interrupt)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [earlier]
    assert earlier.read_text(encoding="utf-8") == "an earlier sample"


@pytest.mark.parametrize("scale", [0, -1, 0.0001, 11, float("nan")])
def test_a_scale_without_a_story_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match=r"scale: expected a number from 0\.001 to 10"):
        write_sample(tmp_path / "sample", scale=scale)


def test_the_smallest_company_has_no_extract_that_is_refused_for_its_defects(tmp_path: Path) -> None:
    written = write_sample(tmp_path / "sample", scale=0.001)
    rows, set_aside = Counter[str](), Counter[str]()
    for kind in written.seeded:
        rows[kind.extract] += 0 if kind.is_among_sound else kind.rows
        set_aside[kind.extract] += kind.rows if kind.handled == "set_aside" else 0
    largest = load_company("demo").definitions.rules.largest_set_aside_rate
    assert {name: count for name, count in set_aside.items() if count > largest * rows[name]} == {}
    assert sum(set_aside.values()) > 0
