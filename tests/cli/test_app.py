"""The command line as a whole: version, help, exit codes, messages."""

from __future__ import annotations

import errno
import warnings

import pytest

import paasche
from paasche.cli import console
from paasche.errors import InputError, MissingDataError

COMMANDS = ("demo", "calculate", "sample", "methodologies", "schema")


def fail_with(monkeypatch, error):
    """Let the first thing that `paasche sample` calls raise."""

    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(paasche, "sample_market", fail)


def test_version(run):
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout == f"paasche {paasche.__version__}\n"


def test_the_package_runs_as_a_module(python):
    done = python("-m", "paasche", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"paasche {paasche.__version__}\n",
        "",
    )


def test_version_and_help_load_no_frames(python):
    code = """
import sys
from paasche.cli import main
sys.argv = ["paasche", sys.argv[1]]
try:
    main()
except SystemExit:
    loaded = {"polars", "pandas", "pyarrow", "pydantic", "exchange_calendars"} & set(sys.modules)
    sys.exit(f"loaded {loaded}" if loaded else 0)
"""
    for option in ("--version", "--help"):
        done = python("-c", code, option)
        assert (done.returncode, done.stderr) == (0, "")


def test_help_names_every_command(run):
    result = run("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert command in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"\n paasche {command}" in result.stdout


def test_without_a_command_help_is_shown(run):
    result = run()
    assert result.exit_code == 2
    assert "Usage: " in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("calculat",), "No such command 'calculat'"),
        (("schema", "--fast"), "No such option"),
        (("sample", "market", "--format", "xlsx"), "'--format'"),
        (("sample", "market", "--seed", "-1"), "'--seed'"),
    ],
)
def test_wrong_usage_is_refused(run, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_an_error_is_its_message_and_exit_code_2(run, monkeypatch, tmp_path):
    fail_with(monkeypatch, MissingDataError("fx: no rate [HKDCNY] on 2015-01-05"))
    result = run("sample", tmp_path / "market")
    assert result.exit_code == 2
    assert result.stderr == "error: fx: no rate [HKDCNY] on 2015-01-05\n"
    assert result.stdout == ""


def test_an_error_keeps_its_lines_whatever_their_length(run, monkeypatch, tmp_path):
    message = f"market: 1 defect\n  prices.csv:3 close = {'9' * 200}: below"
    fail_with(monkeypatch, InputError(message))
    assert run("sample", tmp_path / "market").stderr == f"error: {message}\n"


def test_debug_shows_the_traceback(run, monkeypatch, tmp_path):
    fail_with(monkeypatch, InputError("seed = [1]: wrong"))
    result = run("--debug", "sample", tmp_path / "market")
    assert result.exit_code == 2
    assert result.stderr.startswith("Traceback (most recent call last):\n")
    assert result.stderr.endswith("\npaasche.errors.InputError: seed = [1]: wrong\n")


def test_an_error_of_the_system_is_a_message_too(run, monkeypatch, tmp_path):
    fail_with(monkeypatch, OSError(errno.ENOSPC, "No space left on device", "/data/market"))
    result = run("sample", tmp_path / "market")
    assert result.exit_code == 2
    assert result.stderr == "error: /data/market: no space left on device\n"


def test_a_reader_that_goes_away_is_no_error(run, monkeypatch, tmp_path):
    fail_with(monkeypatch, BrokenPipeError(errno.EPIPE, "Broken pipe"))
    result = run("sample", tmp_path / "market")
    assert result.exit_code == 1
    assert result.output == ""


def test_a_bug_is_not_dressed_up(run, monkeypatch, tmp_path):
    fail_with(monkeypatch, ZeroDivisionError("a bug"))
    assert isinstance(run("sample", tmp_path / "market").exception, ZeroDivisionError)


def test_an_interrupt_exits_with_130(run, monkeypatch, tmp_path):
    fail_with(monkeypatch, KeyboardInterrupt())
    result = run("sample", tmp_path / "market")
    assert result.exit_code == 130
    assert result.stderr.startswith("interrupted: ")
    assert list(tmp_path.iterdir()) == []


INTERRUPTED = """
import os, signal, sys
import polars
import paasche
from paasche.cli import main

write = polars.DataFrame.write_parquet
written = []

def stop_at_the_third_table(frame, path):
    written.append(path)
    if len(written) == 3:
        # A job in the background is started with the signal ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.kill(os.getpid(), signal.SIGINT)
    write(frame, path)

draw = paasche.sample_market
paasche.sample_market = lambda seed: draw(seed, securities=100, end="2015-09-30")
polars.DataFrame.write_parquet = stop_at_the_third_table
from paasche.calculation.stored import directory as run_directory
run_directory._WRITERS["parquet"] = stop_at_the_third_table
sys.argv = ["paasche", "demo"]
main()
"""


def test_an_interrupt_while_writing_leaves_nothing(python, tmp_path):
    done = python("-c", INTERRUPTED, cwd=tmp_path)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_warning_is_one_line_on_stderr(capsys):
    with console.warnings_as_lines():
        warnings.simplefilter("always")
        warnings.warn("two\n   lines [of] text", stacklevel=1)
    assert capsys.readouterr().err == "warning: two lines [of] text\n"
