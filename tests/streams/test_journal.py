import queue
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import pytest

from bridge.streams import journal as journal_module
from bridge.streams.journal import Journal, JournalError, JournalFullError
from bridge.wire.events import Event
from bridge.wire.views import CheckpointView, State, StreamView

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def event(number: int, stream_id: str = "") -> Event:
    return Event(id=number, at=NOW, source="callback", event="StartStream", stream_id=stream_id, data={"n": number})


def view(handle: int, state: State = "live") -> StreamView:
    return StreamView(handle=handle, stream_id=f"s{handle}", from_="+1", state=state, started_at=NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    yield journal
    journal.close()


def ids(found: tuple[list[Event], bool]) -> tuple[list[int], bool]:
    return [event.id for event in found[0]], found[1]


def test_what_was_recorded_is_there_after_a_restart(path: Path) -> None:
    stream = view(7)
    stream.checkpoints = [CheckpointView(name="a", sent_at=NOW, played_at=NOW)]
    first = Journal(path)
    first.record([event(1, "s7"), event(2)], [stream]).result(5)
    first.close()
    second = Journal(path)
    assert second.events() == ([event(1, "s7"), event(2)], False)
    assert second.streams() == [stream]
    assert (second.last_event_id(), second.last_handle()) == (2, 7)
    second.close()


def test_an_empty_journal_has_nothing(journal: Journal) -> None:
    assert (journal.events(), journal.streams(), journal.open_streams()) == (([], False), [], [])
    assert (journal.last_event_id(), journal.last_handle()) == (0, 0)


def test_the_files_are_for_this_user_only(journal: Journal, path: Path) -> None:
    journal.record([event(1)]).result(5)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(["journal.db", "journal.db-wal", "journal.db-shm"], 0o600)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({}, (list(range(1, 21)), False)),
        ({"limit": 3}, ([18, 19, 20], True)),
        ({"limit": 20}, (list(range(1, 21)), False)),
        ({"after": 0, "limit": 3}, ([1, 2, 3], True)),
        ({"after": 17, "limit": 3}, ([18, 19, 20], False)),
        ({"after": 20}, ([], False)),
        ({"before": 4}, ([1, 2, 3], False)),
        ({"before": 10, "limit": 2}, ([8, 9], True)),
        ({"after": 5, "before": 9}, ([6, 7, 8], False)),
        ({"stream_id": "even"}, (list(range(2, 21, 2)), False)),
        ({"stream_id": "even", "limit": 2}, ([18, 20], True)),
        ({"stream_id": "odd", "after": 16, "limit": 1}, ([17], True)),
        ({"stream_id": "odd", "before": 2}, ([1], False)),
        ({"stream_id": "nobody"}, ([], False)),
        ({"limit": -5}, ([20], True)),
        ({"limit": 10**30, "before": 10**30, "after": -(10**30)}, (list(range(1, 21)), False)),
    ],
)
def test_events_are_found(journal: Journal, question: dict[str, object], expected: tuple[list[int], bool]) -> None:
    journal.record([event(n, "odd" if n % 2 else "even") for n in range(1, 21)]).result(5)
    assert ids(journal.events(**question)) == expected  # type: ignore[arg-type]


def test_events_of_one_stream_are_found_by_an_index(journal: Journal) -> None:
    asked: list[str] = []
    journal._read.set_trace_callback(asked.append)
    journal.events(stream_id="s1", after=3)
    journal.events(stream_id="s1", before=3)
    journal.streams()
    journal._read.set_trace_callback(None)
    plans = [journal._read.execute(f"EXPLAIN QUERY PLAN {query}").fetchall() for query in asked]
    steps = [step[3] for plan in plans for step in plan if step[3].startswith(("SCAN", "SEARCH"))]
    assert len(steps) == 2 * 2 + 2
    assert all("USING INDEX" in step and step.startswith("SEARCH") for step in steps), steps


def test_a_stream_is_one_row_with_its_last_state(journal: Journal) -> None:
    for state in ("asked", "live", "ended"):
        journal.record(streams=[view(1, state), view(2)])  # type: ignore[arg-type]
    journal.record(streams=[view(3, "connecting")]).result(5)
    assert journal.streams() == [view(1, "ended"), view(2), view(3, "connecting")]
    assert journal.open_streams() == [view(2), view(3, "connecting")]


def test_only_the_newest_of_the_ended_streams_are_listed(journal: Journal) -> None:
    journal.record(streams=[view(1), *(view(n, "ended") for n in range(2, 10))]).result(5)
    assert [stream.handle for stream in journal.streams(ended_limit=2)] == [1, 8, 9]
    assert [stream.handle for stream in journal.streams(ended_limit=0)] == [1]


def test_a_stream_is_recorded_as_it_was_at_the_time(journal: Journal) -> None:
    stream = view(1)
    done = journal.record(streams=[stream])
    stream.frames_in = 999
    done.result(5)
    assert journal.streams() == [view(1)]


def test_a_waiter_that_gives_up_takes_nothing_back(journal: Journal) -> None:
    done = journal.record([event(1)])
    assert not done.cancel()
    done.result(5)
    assert ids(journal.events()) == ([1], False)


def test_closing_writes_what_is_queued(path: Path) -> None:
    first = Journal(path)
    waiting = [first.record([event(n)]) for n in range(1, 501)]
    first.close()
    assert all(done.done() for done in waiting)
    second = Journal(path)
    assert second.last_event_id() == 500
    second.close()


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE cats (name TEXT)")
    other.close()


def newer(path: Path) -> None:
    Journal(path).close()
    with sqlite3.connect(path) as ours:
        ours.execute("PRAGMA user_version = 99")
    ours.close()


def broken(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (foreign, "is not a journal of offhook's: choose another data folder."),
        (newer, "was written by a newer offhook: update this one."),
        (broken, "cannot be used: file is not a database."),
        (a_folder, "cannot be opened: "),
    ],
)
def test_a_file_that_is_no_journal_is_refused_and_left_alone(
    path: Path, make: Callable[[Path], None], sentence: str
) -> None:
    path.parent.mkdir()
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(JournalError, match=sentence):
        Journal(path)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_disk_that_fails_is_told_and_later_records_are_tried_anew(journal: Journal, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("ALTER TABLE events RENAME TO away")
    with pytest.raises(JournalError, match="cannot be written"):
        journal.record([event(1)]).result(5)
    with pytest.raises(JournalError, match="cannot be read"):
        journal.events()
    other.execute("ALTER TABLE away RENAME TO events")
    other.close()
    journal.record([event(2)]).result(5)
    assert ids(journal.events()) == ([2], False)


def test_a_full_queue_is_told_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "QUEUED", 10)
    journal = Journal(path)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")  # the writer waits for it
    with pytest.raises(JournalFullError, match="10 records behind: the disk is slow"):
        fill(journal)
    lock.execute("ROLLBACK")
    lock.close()
    journal.close()


def fill(journal: Journal) -> None:
    for number in range(1, 100):
        journal.record([event(number)])


def test_threads_may_record_and_read_at_once(journal: Journal) -> None:
    failures: queue.Queue[BaseException] = queue.Queue()

    def work(first: int) -> None:
        try:
            for number in range(first, first + 200):
                journal.record([event(number)]).result(5)
                assert number in ids(journal.events(after=number - 1))[0]
        except BaseException as error:
            failures.put(error)

    workers = [threading.Thread(target=work, args=(1 + 1000 * n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert failures.empty(), failures.get()
    assert len(journal.events()[0]) == 800


RECORDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from bridge.streams.journal import Journal
from bridge.wire.events import Event
from bridge.wire.views import StreamView

journal = Journal(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    event = Event(id=number, at=datetime.now(UTC), source="callback", event="StartStream", raw="x" * 500)
    journal.record([event], [StreamView(handle=number, state="live")]).result()
    print(number, flush=True)
"""


def test_everything_acknowledged_survives_kill_9(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", RECORDER, str(path)], stdout=subprocess.PIPE, text=True) as recorder:
        assert recorder.stdout is not None
        acknowledged = [int(next(recorder.stdout)) for _ in range(1000)]
        recorder.kill()
        acknowledged += [int(line) for line in recorder.stdout]
    journal = Journal(path)
    kept = ids(journal.events(limit=10_000))[0]
    assert set(acknowledged) <= set(kept)
    assert {stream.handle for stream in journal.open_streams()} == set(kept)
    journal.close()


@pytest.mark.realtime
def test_two_thousand_callbacks_a_second_are_committed_in_time(
    journal: Journal, record_property: Callable[[str, object], None]
) -> None:
    rate, count = 2000, 4000
    waits: list[float] = []
    start = time.perf_counter()
    for number in range(1, count + 1):
        sent = time.perf_counter()
        done = journal.record([event(number, f"s{number % 100}")])
        done.add_done_callback(lambda _, sent=sent: waits.append(time.perf_counter() - sent))  # type: ignore[misc]
        time.sleep(max(0.0, start + number / rate - time.perf_counter()))
    done.result(5)
    achieved = count / (time.perf_counter() - start)
    p99 = quantiles(waits, n=100)[98]
    figures = f"{achieved:.0f} records a second, p99 of a commit {p99 * 1e3:.1f} ms"
    record_property("journal", figures)
    assert achieved > 0.95 * rate, figures
    assert p99 < 0.020, figures


def test_what_a_call_did_before_it_had_a_stream_belongs_to_the_stream(journal: Journal) -> None:
    asked = event(1)
    asked.call_uuid = "c-1"
    mine = event(2, "s-1")
    mine.call_uuid = "c-1"
    earlier_stream = event(3, "s-0")
    earlier_stream.call_uuid = "c-1"
    journal.record([asked, mine, earlier_stream, event(4), event(5, "s-1")]).result(5)
    assert ids(journal.events(stream_id="s-1", call_uuid="c-1")) == ([1, 2, 5], False)
    assert ids(journal.events(stream_id="s-1")) == ([2, 5], False)
    assert ids(journal.events(call_uuid="c-1")) == ([1], False)
