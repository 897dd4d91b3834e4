"""The journal of a worker tells its successor what was begun, refused and accepted, whatever cut it short."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import journal
from storage.journal import Entry, Journal

HOLD = """
import sys, time
from pathlib import Path
from storage.journal import Journal
kept = Journal(Path(sys.argv[1]), "w1")
kept.begin("acme:telegram:7:1", 2)
print("ready", flush=True)
time.sleep(60)
"""


def test_it_tells_what_was_begun_refused_and_accepted(tmp_path: Path) -> None:
    kept = Journal(tmp_path, "w1")
    for seq in (1, 2, 3):
        kept.begin("c", seq)
    kept.end("c", 2, None)
    kept.end("c", 3, "p3")
    expected = {("c", 1): Entry("begun"), ("c", 2): Entry("refused"), ("c", 3): Entry("accepted", "p3")}
    assert journal.read(tmp_path, "w1") == expected
    kept.close()


@given(conversation=st.text(), provider_id=st.text(min_size=1))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_address_and_id_comes_back_as_it_was(tmp_path: Path, conversation: str, provider_id: str) -> None:
    kept = Journal(tmp_path, "w1")
    kept.begin(conversation, 1)
    kept.end(conversation, 1, provider_id)
    assert journal.read(tmp_path, "w1") == {(conversation, 1): Entry("accepted", provider_id)}
    kept.forget(conversation, 1)
    kept.close()


def test_a_line_cut_short_takes_no_other_with_it(tmp_path: Path) -> None:
    kept = Journal(tmp_path, "w1")
    kept.begin("c", 1)
    with kept.path.open("ab") as file:
        file.write(b'\n["begun",2,"c')
    kept.begin("c", 3)
    assert journal.read(tmp_path, "w1") == {("c", 1): Entry("begun"), ("c", 3): Entry("begun")}
    kept.close()


def test_it_stays_small_under_a_load_that_never_pauses(tmp_path: Path) -> None:
    kept = Journal(tmp_path, "w1")
    kept.begin("always under way", 1)
    for seq in range(20_000):
        kept.begin("c" * 50, seq)
        kept.end("c" * 50, seq, "p" * 50)
        kept.forget("c" * 50, seq)
    assert kept.path.stat().st_size < 1_100_000
    assert (journal.read(tmp_path, "w1") or {})["always under way", 1] == Entry("begun")
    assert journal.dead(tmp_path) == []
    kept.close()


def test_an_ended_worker_with_nothing_under_way_leaves_no_file(tmp_path: Path) -> None:
    Journal(tmp_path, "w1").close()
    assert journal.read(tmp_path, "w1") is None
    assert journal.dead(tmp_path) == []


async def test_a_killed_worker_is_known_to_be_dead_at_once_and_its_notes_are_there(tmp_path: Path) -> None:
    alive = Journal(tmp_path, "w0")
    owner = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert owner.stdout
    with owner.stdout:
        assert await asyncio.to_thread(owner.stdout.readline) == b"ready\n"
        assert journal.dead(tmp_path) == []
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    assert journal.dead(tmp_path) == ["w1"]
    assert journal.read(tmp_path, "w1") == {("acme:telegram:7:1", 2): Entry("begun")}
    alive.close()


def test_the_journals_of_the_dead_are_removed_when_they_are_old(tmp_path: Path) -> None:
    old = Journal(tmp_path, "old")
    old.begin("c", 1)
    old.close()
    journal.tidy(tmp_path, ["old"], older_than_seconds=300)
    assert journal.read(tmp_path, "old")
    os.utime(old.path, (1, 1))
    journal.tidy(tmp_path, ["old"], older_than_seconds=300)
    assert journal.read(tmp_path, "old") is None
