"""Blocks of origins handed out and brought in: to threads of this process, or to the workers of a dask client."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, CancelledError, ThreadPoolExecutor
from concurrent.futures import wait as wait_here
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbangeo.areas.batches.parts import PARTS, Block, Made, Question, Seen, compute_block, look_at, part_name, too_far
from urbangeo.errors import InputError, OutputError, SnapError, UrbangeoError, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_AHEAD = 3
"""Blocks handed out for each place of work: enough that none waits, few enough that the leader holds little."""

_PATIENCE_S = 20.0
_TURNS_ALONE = 3
"""After so many turns of :data:`_PATIENCE_S` without any worker the run is given up; what was made stays."""


class Here:
    """Threads of this process."""

    def __init__(self, threads: int) -> None:
        """Start so many threads."""
        self._pool = ThreadPoolExecutor(max_workers=threads)
        self._threads = threads

    def room(self) -> int:
        """Return how many blocks may be handed out at once."""
        return 2 * self._threads

    def submit(self, question: Question, block: Block) -> Any:
        """Hand out a block."""
        return self._pool.submit(compute_block, question, block)

    def first_done(self, futures: Sequence[Any]) -> list[Any]:
        """Wait for at least one."""
        return list(wait_here(futures, return_when=FIRST_COMPLETED).done)

    def close(self) -> None:
        """Give up what was not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class There:
    """Workers of a dask client."""

    def __init__(self, client: Any) -> None:
        """Work for a client."""
        self._client = client
        self._open: dict[str, Any] = {}
        self._alone = 0

    def room(self) -> int:
        """Return how many blocks may be handed out at once; workers come and go."""
        return max(_AHEAD * int(sum(self._client.nthreads().values())), _AHEAD)

    def submit(self, question: Question, block: Block) -> Any:
        """Hand out a block."""
        future = self._client.submit(compute_block, question, block, pure=False)
        self._open[future.key] = future
        return future

    def first_done(self, futures: Sequence[Any]) -> list[Any]:
        """Wait for at least one.

        Parameters
        ----------
        futures : sequence of distributed.Future
            What is under way.

        Returns
        -------
        list of distributed.Future
            Those that are done.

        Raises
        ------
        OutputError
            If all workers were lost and none came back for about a minute.
        """
        from distributed import wait as untyped_wait

        wait: Any = untyped_wait
        while True:
            try:
                done = wait(list(futures), timeout=_PATIENCE_S, return_when="FIRST_COMPLETED").done
            except TimeoutError as error:
                self._alone = 0 if self._client.nthreads() else self._alone + 1
                if self._alone >= _TURNS_ALONE:
                    msg = "All workers were lost and none came back. What was made stays; run again to go on."
                    raise OutputError(msg) from error
            else:
                self._alone = 0
                for future in done:
                    self._open.pop(future.key, None)
                return list(done)

    def close(self) -> None:
        """Give up what was not begun."""
        if self._open and self._client.status == "running":
            self._client.cancel(list(self._open.values()))


@contextmanager
def place_of_work(client: Any, threads: int) -> Iterator[Here | There]:
    """Open a place where blocks are computed, and give up what was not begun when it is left.

    Parameters
    ----------
    client : distributed.Client or None
        Where to compute, if not here.
    threads : int
        Threads to use here.

    Yields
    ------
    Here or There
        The place.

    Raises
    ------
    InputError
        If the client is none, or dask is not installed.
    """
    place: Here | There
    if client is None:
        place = Here(threads)
    else:
        try:
            from distributed import Client
        except ImportError as error:
            msg = "client= needs dask.distributed, which is not installed: pip install 'urbangeo[scale]'."
            raise InputError(msg) from error
        if not isinstance(client, Client) or client.asynchronous:
            msg = f"client={type(client).__name__}: expected a dask.distributed.Client (not an asynchronous one)."
            raise InputError(msg)
        place = There(client)
    try:
        yield place
    finally:
        # After a failure or Ctrl-C what was not begun is not begun any more.
        place.close()


class _Queue:
    """Blocks in the order of their networks; the first block of a network makes its table of links for all others."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._left: dict[str, list[Block]] = {}
        for one in reversed(blocks):
            self._left.setdefault(one.network, []).append(one)
        self._order = sorted(self._left)
        self._begun: set[str] = set()
        self._open: set[str] = set()

    def take(self) -> Block | None:
        """Return a block that may be computed now, of the first network that has one."""
        for key in self._order:
            if self._left[key] and (key in self._open or key not in self._begun):
                self._begun.add(key)
                block = self._left[key].pop()
                if not self._left[key]:
                    self._order = [name for name in self._order if name != key]
                return block
        return None

    def done(self, block: Block) -> None:
        """Say that a block was computed: its network is open to all."""
        self._open.add(block.network)


def run_blocks(
    blocks: Sequence[Block],
    questions: Mapping[str, Question],
    place: Here | There,
    *,
    strict: bool,
    progress: bool,
) -> tuple[dict[int, Made], dict[int, Seen]]:
    """Keep what is whole and compute the rest.

    A block that breaks stops new ones; those under way are waited for, so that nothing that was made is lost.

    Parameters
    ----------
    blocks : sequence of Block
        All that is asked.
    questions : mapping of str to Question
        What is asked, by network.
    place : Here or There
        Where it is computed.
    strict : bool
        Whether an origin that failed in an earlier run is an error.
    progress : bool
        Whether to show a bar on the error stream.

    Returns
    -------
    made : dict of int to Made
        Parts computed now.
    kept : dict of int to Seen
        Parts of earlier runs.

    Raises
    ------
    SnapError
        If ``strict`` and an origin failed in an earlier run.
    """
    from tqdm import tqdm

    made: dict[int, Made] = {}
    with tqdm(total=sum(len(one.ids) for one in blocks), disable=not progress, unit="origin") as bar:
        kept: dict[int, Seen] = {}
        for one in blocks:
            seen = _kept_part(one, questions[one.network])
            if seen is not None:
                kept[one.number] = seen
                bar.update(len(one.ids))
                if strict and seen.failed:
                    raise SnapError(too_far(seen.failed))
        queue = _Queue([one for one in blocks if one.number not in kept])
        under_way: dict[Any, Block] = {}
        fault: tuple[Block, BaseException] | None = None
        while True:
            while fault is None and len(under_way) < place.room() and (block := queue.take()) is not None:
                under_way[place.submit(questions[block.network], block)] = block
            if not under_way:
                break
            for future in place.first_done(list(under_way)):
                block = under_way.pop(future)
                error = future.exception()
                if error is not None:
                    fault = fault or (block, error)
                    continue
                made[block.number] = future.result()
                queue.done(block)
                bar.update(len(block.ids))
    if fault is not None:
        _tell(fault[0], fault[1], len(blocks) - len(made) - len(kept))
    return made, kept


def _kept_part(block: Block, question: Question) -> Seen | None:
    """Return the part of an earlier run where it is whole, value by value."""
    path = Path(question.out) / PARTS / part_name(block.number)
    seen = look_at(path, block, question.plan, cutoffs=question.cutoffs, whole=True)
    return seen if seen.state == "whole" else None


def _tell(block: Block, error: BaseException, left: int) -> None:
    if isinstance(error, UrbangeoError):
        raise error
    if not isinstance(error, Exception | CancelledError):
        raise error
    msg = (
        f"Block {block.number} (origins {listed(block.ids, 3)}) broke: {type(error).__name__}: {error} "
        f"{left} blocks are left; what was made stays. Run again with the same arguments to go on."
    )
    raise OutputError(msg) from error
