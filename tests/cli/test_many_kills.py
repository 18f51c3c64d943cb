"""A run of many indices that is killed at any moment goes on, and ends with the same bytes."""

import random
import signal
import subprocess
import sys
import time

import pytest

from calculation.many import many_indices as many

ROUNDS = 8
COUNT = 24

RUN = """
import sys
import paasche
from calculation.many import many_indices as many

if __name__ == "__main__":
    rules = many.indices([f"K{number:02}" for number in range(int(sys.argv[2]))])
    result = paasche.calculate_many(rules, many.market(), out=sys.argv[1], part_size=2)
    print(result.kept)
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_with_the_same_bytes(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(RUN, encoding="utf-8")

    def command(out):
        paths = [path for path in sys.path if path]
        start = f"import sys, runpy; sys.path[:0] = {paths!r}; sys.argv = sys.argv[1:]"
        start += "; runpy.run_path(sys.argv[0], run_name='__main__')"
        return [sys.executable, "-c", start, str(script), str(out), str(COUNT)]

    began = time.monotonic()
    subprocess.run(command(tmp_path / "whole"), check=True, capture_output=True)
    seconds = time.monotonic() - began
    expected = many.content(tmp_path / "whole")

    draw, kept = random.Random(20240614), []
    for number in range(ROUNDS):
        out = tmp_path / f"run-{number}"
        for _ in range(2):  # killed once, and once more while it goes on
            process = subprocess.Popen(
                command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(seconds * draw.uniform(0.3, 0.95))
            process.send_signal(signal.SIGKILL)
            process.wait()
        before = many.times(out) if (out / "parts").exists() else {}
        done = subprocess.run(command(out), check=True, capture_output=True, text=True)
        kept.append(int(done.stdout))
        assert many.content(out) == expected
        # What was complete was not calculated again.
        assert kept[-1] == 2 * len(before)
        after = many.times(out)
        assert {name: after[name] for name in before} == before
        assert not [file for file in out.rglob(".*") if file.name != ".lock"]
    assert any(0 < count < COUNT for count in kept)
