//! The one door for work: without the interpreter lock, errors mapped.

use std::sync::{Arc, Mutex, PoisonError};

use paasche_core::{Error, Result};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::to_py;

/// Runs `work` while other Python threads run too.
///
/// Arrays that `work` reads must not be written by another thread meanwhile, as `paasche._arrays` says.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(to_py)
}

/// Runs `work` on a pool of `threads` threads; without a number on as many as there are processors.
pub(crate) fn on_threads<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    if threads == Some(0) {
        return Err(Error::invalid("threads", 0, "must be at least 1"));
    }
    pool(threads.unwrap_or_default())?.install(work)
}

/// The pool asked for last, with the process that made it and its number of threads.
static POOL: Mutex<Option<(u32, usize, Arc<ThreadPool>)>> = Mutex::new(None);

/// Returns a pool of so many threads, as many as there are processors for 0: the last one, whose threads
/// have memory at hand, if it fits.
fn pool(threads: usize) -> Result<Arc<ThreadPool>> {
    let process = std::process::id();
    let mut last = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((by, of, pool)) = &*last
        && (*by, *of) == (process, threads)
    {
        return Ok(Arc::clone(pool));
    }
    let processors = core_affinity::get_core_ids().unwrap_or_default();
    let settle = move |thread: usize| {
        // One for each processor stays on its own: threads that wake one another may share one for long.
        if rayon::current_num_threads() == processors.len() {
            core_affinity::set_for_current(processors[thread]);
        }
    };
    let builder = ThreadPoolBuilder::new().num_threads(threads);
    let pool = builder.start_handler(settle).build();
    let pool = pool.map_err(|failure| Error::invalid("threads", threads, failure.to_string()))?;
    let pool = Arc::new(pool);
    let before = last.replace((process, threads, Arc::clone(&pool)));
    // A fork has none of the threads of the process it comes from: they cannot be told to end.
    std::mem::forget(before.filter(|&(by, ..)| by != process));
    Ok(pool)
}

/// Makes no use of vectors wider than so many bits; returns the limit until then.
///
/// No result depends on it: it is there to show that.
#[pyfunction]
pub(crate) fn limit_vectors(bits: usize) -> usize {
    paasche_core::wide::limit_vectors(bits)
}
