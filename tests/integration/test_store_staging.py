import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from keepstep.core.values import Completeness, NativeKey, Record, Verdict
from keepstep.errors import StoreError
from keepstep.store import staging
from keepstep.store.staging import FileStaging

COMPLETE = Verdict(completeness=Completeness.COMPLETE, reason="all pages read")


def record(number: int, **more: tuple[str, ...]) -> Record:
    attributes = {"mail": (f"person{number}@corp.example",), "null": (), "empty": ("",), "many": ("a", "ž", "中")}
    return Record(NativeKey(f"key-{number}"), {**attributes, **more})


@pytest.fixture
def stage(tmp_path: Path):
    return FileStaging(tmp_path / "tmp").open("corp.users")


def test_a_snapshot_holds_every_record_as_it_was_read_and_in_order(stage):
    for start in range(0, 5000, 500):
        stage.add([record(number) for number in range(start, start + 500)])
    snapshot = stage.seal(COMPLETE)
    expected = [record(number) for number in range(5000)]
    assert (snapshot.side, snapshot.verdict) == ("corp.users", COMPLETE)
    assert len(snapshot.records) == 5000
    assert list(snapshot.records) == expected
    assert list(snapshot.records) == expected
    assert record(17) in snapshot.records
    assert record(17, mail=()) not in snapshot.records


def test_two_iterations_may_go_on_at_once(stage):
    stage.add([record(number) for number in range(200)])
    records = stage.seal(COMPLETE).records
    for left, right in zip(records, records, strict=True):
        assert left == right


def test_a_stage_without_records_is_an_empty_snapshot(stage):
    stage.add([])
    assert stage.conflicts == 0
    assert list(stage.seal(COMPLETE).records) == []


def test_records_larger_than_the_buffer_survive(stage):
    large = [record(number, photo=("x" * 3_000_000,)) for number in range(3)]
    stage.add(large)
    stage.add([record(3)])
    assert list(stage.seal(COMPLETE).records) == [*large, record(3)]


def test_a_record_seen_again_with_the_same_content_is_kept_once(stage):
    stage.add([record(1), record(2), record(1)])
    stage.add([record(2), record(3)])
    assert stage.conflicts == 0
    assert list(stage.seal(COMPLETE).records) == [record(1), record(2), record(3)]


def test_the_order_of_attributes_makes_no_conflict(stage):
    turned = Record(record(1).key, dict(reversed(record(1).attributes.items())))
    stage.add([record(1), turned])
    assert stage.conflicts == 0


def test_a_key_seen_again_with_other_content_is_a_conflict_and_its_first_content_stays(stage):
    stage.add([record(1), record(2)])
    stage.add([record(1, mail=("other@corp.example",))])
    assert stage.conflicts == 1
    stage.add([record(1, mail=("third@corp.example",)), record(2, null=("",)), record(3)])
    assert stage.conflicts == 2
    assert list(stage.seal(COMPLETE).records) == [record(1), record(2), record(3)]


def test_a_source_that_repeats_everything_is_still_read_once(stage, monkeypatch):
    monkeypatch.setattr(staging, "_PENDING", 300)
    for _ in range(2):
        for start in range(0, 2000, 100):
            stage.add([record(number) for number in range(start, start + 100)])
    assert stage.conflicts == 0
    assert len(stage.seal(COMPLETE).records) == 2000


def test_different_keys_that_look_the_same_to_the_stage_are_all_kept(stage, monkeypatch):
    monkeypatch.setattr(staging, "_KEY_BITS", 0b111)
    stage.add([record(number) for number in range(100)])
    stage.add([record(number) for number in range(100)])
    stage.add([record(5, mail=())])
    assert stage.conflicts == 1
    records = list(stage.seal(COMPLETE).records)
    assert len(records) == 100
    assert {one.key for one in records} == {f"key-{number}" for number in range(100)}


def test_nothing_is_left_in_the_folder_even_while_reading(tmp_path, stage):
    stage.add([record(number) for number in range(5000)])
    assert list((tmp_path / "tmp").iterdir()) == []
    snapshot = stage.seal(COMPLETE)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert (tmp_path / "tmp").stat().st_mode & 0o077 == 0
    assert len(list(snapshot.records)) == 5000


def test_the_file_goes_away_with_the_snapshot(stage, tmp_path):
    def open_files() -> int:
        # Only those of this stage: what other tests left open may go away with the same collection.
        links = (link for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
        return sum(os.path.realpath(link).startswith(str(tmp_path)) for link in links)

    stage.add([record(1)])
    snapshot = stage.seal(COMPLETE)
    assert open_files() == 1
    del snapshot
    gc.collect()
    assert open_files() == 0


def test_a_stage_can_be_discarded_twice_and_takes_nothing_more(stage):
    stage.add([record(1)])
    stage.discard()
    stage.discard()
    with pytest.raises(ValueError, match="sealed or discarded"):
        stage.add([record(2)])


def test_discarding_after_sealing_leaves_the_snapshot(stage):
    stage.add([record(1)])
    snapshot = stage.seal(COMPLETE)
    stage.discard()
    assert list(snapshot.records) == [record(1)]


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used") as caught:
        FileStaging(tmp_path / "file" / "tmp").open("corp.users")
    assert caught.value.hint


FILL = """
import resource, sys
from pathlib import Path
from keepstep.core.values import Record
from keepstep.errors import StoreError
from keepstep.store.staging import FileStaging
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
stage = FileStaging(Path(sys.argv[1])).open("corp.users")
try:
    for number in range(100_000):
        stage.add([Record(f"key-{number}", {"mail": ("x" * 100,)})])
except StoreError as exc:
    print(exc, exc.hint)
"""


def test_a_full_disk_ends_the_read_with_a_store_error(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FILL, tmp_path], capture_output=True, text=True, check=True
    )
    assert "the disk is full" in done.stdout
    assert "free some space" in done.stdout
