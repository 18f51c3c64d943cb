//! The two doors for work: without the interpreter lock, on one thread or on many; errors mapped.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::available_parallelism;

use paasche_core::{Error, Result};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::to_py;

/// Runs `work` while other Python threads run too, on the thread that asks for it.
///
/// Arrays that `work` reads must not be written by another thread meanwhile, as `paasche._arrays` says.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(to_py)
}

/// The same, for work that is shared out among threads: as many as there are processors, where no number
/// is given.
///
/// Every such work must come through here: the pool that rayon makes by itself does not outlive a fork.
pub(crate) fn on_threads<T: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    work: impl FnOnce() -> Result<T> + Send,
) -> PyResult<T> {
    detached(py, || {
        if threads == Some(0) {
            return Err(Error::invalid("threads", 0, "must be at least 1"));
        }
        let every = || *EVERY.get_or_init(|| available_parallelism().map_or(1, NonZero::get));
        pool(threads.unwrap_or_else(every))?.install(work)
    })
}

/// As many threads as there are processors; the system takes its time to tell.
static EVERY: OnceLock<usize> = OnceLock::new();

/// The pools that were asked for, by the process that made them and their number of threads.
static POOLS: Mutex<BTreeMap<(u32, usize), Arc<ThreadPool>>> = Mutex::new(BTreeMap::new());

/// Returns a pool of so many threads. It stays: its threads have memory at hand the next time, and those
/// of the process that a fork came from could not be told to end.
fn pool(threads: usize) -> Result<Arc<ThreadPool>> {
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let own = (std::process::id(), threads);
    if let Some(pool) = pools.get(&own) {
        return Ok(Arc::clone(pool));
    }
    let processors = core_affinity::get_core_ids().unwrap_or_default();
    let settle = move |thread: usize| {
        // One for each processor stays on its own: threads that wake one another may share one for long.
        if threads == processors.len() {
            core_affinity::set_for_current(processors[thread]);
        }
    };
    let builder = ThreadPoolBuilder::new().num_threads(threads);
    let pool = builder.start_handler(settle).build();
    let pool = pool.map_err(|failure| Error::invalid("threads", threads, failure.to_string()))?;
    Ok(Arc::clone(pools.entry(own).or_insert(Arc::new(pool))))
}

/// Makes no use of vectors wider than so many bits; returns the limit until then.
///
/// No result depends on it: it is there to show that.
#[pyfunction]
pub(crate) fn limit_vectors(bits: usize) -> usize {
    paasche_core::wide::limit_vectors(bits)
}
