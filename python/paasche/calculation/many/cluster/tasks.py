"""Ray tasks as an executor of concurrent.futures."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Executor, Future
from typing import TYPE_CHECKING, Any

from paasche.errors import PaascheError

if TYPE_CHECKING:
    from collections.abc import Callable

    ObjectRef = Any

__all__ = ["Tasks"]

_RETRIES = 3
"""How often a part is given to another worker when its own is lost."""


class Tasks(Executor):
    """Ray tasks as an executor: a lost worker's task is given to another one, a few times."""

    def __init__(self) -> None:
        import ray  # noqa: PLC0415

        self._task = ray.remote(max_retries=_RETRIES)(_call)

    def submit(
        self,
        function: Callable[..., Any],
        /,
        *arguments: Any,  # noqa: ANN401
        **options: Any,  # noqa: ANN401
    ) -> Future[Any]:
        """Give the call to a worker of the cluster."""
        return _Answer(self._task.remote(function, *arguments, **options))


def _call(function: Callable[..., Any], /, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
    return function(*arguments, **options)


class _Answer(Future[Any]):
    """What a task will return. To cancel it interrupts its worker; one that nobody awaits is free.

    Parameters
    ----------
    ref : ray.ObjectRef
    """

    def __init__(self, ref: ObjectRef) -> None:
        super().__init__()
        self._ref: ObjectRef | None = ref
        ref.future().add_done_callback(self._take)

    def cancel(self) -> bool:
        import ray  # noqa: PLC0415

        if (ref := self._ref) is not None:
            ray.cancel(ref)
        return super().cancel()

    def _take(self, answer: Future[Any]) -> None:
        # Without the reference the store may forget what the task returned.
        self._ref = None
        if not self.set_running_or_notify_cancel():
            return
        error = answer.exception()
        if error is None:
            self.set_result(answer.result())
        else:
            self.set_exception(_told(error))


def _told(error: BaseException) -> BaseException:
    """Return the error of a task; of a lost worker, that of `concurrent.futures`."""
    from ray.exceptions import RayError, RayTaskError  # noqa: PLC0415

    cause = error.cause if isinstance(error, RayTaskError) else error
    if isinstance(cause, PaascheError):
        return cause
    if not isinstance(cause, RayError):
        return error
    first = str(cause).partition("\n")[0]
    lost = BrokenExecutor(f"{type(cause).__name__}: {first}")
    lost.__cause__ = error
    return lost
