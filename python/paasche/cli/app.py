"""The command line as a whole: its commands, global options, and what an error becomes."""

from __future__ import annotations

import errno
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import paasche
from paasche.cli.advance import advance
from paasche.cli.calculate import calculate
from paasche.cli.check import check
from paasche.cli.compare import compare
from paasche.cli.console import say, say_traceback, warnings_as_lines
from paasche.cli.demo import demo
from paasche.cli.explain import explain
from paasche.cli.live import live
from paasche.cli.methodologies import methodologies
from paasche.cli.report import report
from paasche.cli.restate import restate
from paasche.cli.review import review
from paasche.cli.sample import sample
from paasche.cli.schema import schema
from paasche.cli.ticks import ticks
from paasche.errors import PaascheError

__all__ = ["app", "main"]

REFUSED, INTERRUPTED = 2, 130
"""Exit codes. 130 is what a shell reports of a program that an interrupt ended."""


class _Commands(TyperGroup):
    """Runs a command; what the rules or the system refuse ends in one message, not a traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  (click or typer's own copy of it)
        with warnings_as_lines():
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt as e:
                say("interrupted", str(e) or "stopped before the end, nothing is half-written")
                raise typer.Exit(INTERRUPTED) from None
            except (PaascheError, OSError) as e:
                if isinstance(e, OSError) and e.errno == errno.EPIPE:
                    raise  # the reader of a pipe has gone, which typer knows how to end
                if ctx.params["debug"]:
                    say_traceback(e)
                else:
                    say("error", _message(e))
                raise typer.Exit(REFUSED) from None


def _message(e: PaascheError | OSError) -> str:
    """Return the message of an error; one of the system in the form of the others."""
    if isinstance(e, OSError) and e.strerror:
        return f"{e.filename}: {e.strerror.lower()}" if e.filename else e.strerror.lower()
    return str(e)


app = typer.Typer(
    name="paasche",
    cls=_Commands,
    help="Market indices: from prices, shares, corporate actions and a methodology to levels.",
    epilog="Start with: paasche demo",
    no_args_is_help=True,
    add_completion=False,
    # A bug shows as Python's own traceback.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"paasche {paasche.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show the traceback of an error."),
    ] = False,
) -> None:
    """Take the options in front of a command; both act elsewhere."""


def _examples(*lines: str) -> str:
    return "\n".join(["Examples:", *lines])


app.command(epilog=_examples("paasche demo", "paasche demo --out run --seed 7"))(demo)
app.command(
    epilog=_examples(
        "paasche calculate sample-cross-border --market market --out run",
        "paasche calculate my-index.toml --market market --end 2024-06-28 --out h1",
        "paasche calculate my-index.toml --market market --continue h1 --out h2",
        "paasche calculate --all indices --market market --out many",
        "paasche calculate --all indices --market market --out many --workers 8",
    )
)(calculate)
app.command(
    epilog=_examples(
        "paasche review ah-cross-border --market market --date 2024-05-20",
        "paasche review my-index.toml --market market --date 2024-06-03 --out trade --lang zh",
    )
)(review)
app.command(
    epilog=_examples(
        "paasche explain run --date 2024-06-14",
        "paasche explain run --start 2024-06-03 --end 2024-06-28 --variant total_return",
        "paasche explain run --date 2024-06-14 --csv constituents > why.csv",
    )
)(explain)
app.command(
    epilog=_examples(
        "paasche report run", "paasche report run --lang zh --out factsheets/SAMPLE100.html"
    )
)(report)
app.command(
    epilog=_examples(
        "paasche check market",
        "paasche check market --from 2024-06-14 --index SAMPLE100",
        "paasche check market --limits my-limits.toml --format csv > findings.csv",
    )
)(check)
app.command(
    epilog=_examples(
        "paasche live --demo",
        "paasche live run --date 2024-06-14 --ticks ticks.parquet --publish parquet:levels",
        "paasche live run --date 2024-06-14 --ticks ticks.parquet --speed 60 --publish jsonl:-",
        'paasche live run --date 2024-06-14 --ticks "nats://localhost:4222/TICKS?subject=ticks" '
        "--out today --resume",
    )
)(live)
app.command(epilog=_examples("paasche advance run --market market --date 2024-06-14"))(advance)
app.command(
    epilog=_examples(
        "paasche compare run other-run",
        "paasche compare run other-run --market-a market --market-b other-market",
    )
)(compare)
app.command(
    epilog=_examples(
        'paasche restate run --market market --reason "shares of 600519.SH" --out restated'
    )
)(restate)
app.command(epilog=_examples("paasche sample market --securities 200 --format csv"))(sample)
app.command(
    epilog=_examples(
        "paasche ticks market --date 2024-06-14 --out ticks.parquet",
        "paasche ticks market --date 2024-06-14 --out few.csv --ticks 1000 "
        "--securities 600001.SH,00001.HK",
    )
)(ticks)
app.command(
    epilog=_examples("paasche methodologies", "paasche methodologies ces-120 --out my-index.toml")
)(methodologies)
app.command(epilog=_examples("paasche schema > methodology.schema.json"))(schema)


def main() -> None:
    """Run the command line."""
    app(prog_name="paasche")
