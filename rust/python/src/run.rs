//! The one door for work: without the interpreter lock, errors mapped.

use paasche_core::{Error, Result};
use pyo3::prelude::*;

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

/// Runs `work` on a pool of its own of `threads` threads, or on the common pool of the process.
pub(crate) fn on_threads<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    let Some(threads) = threads else {
        return work();
    };
    if threads == 0 {
        return Err(Error::invalid("threads", threads, "must be at least 1"));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|failure| Error::invalid("threads", threads, failure.to_string()))?;
    pool.install(work)
}

/// Makes no use of vectors wider than so many bits; returns the limit until then.
///
/// No result depends on it: it is there to show that.
#[pyfunction]
pub(crate) fn limit_vectors(bits: usize) -> usize {
    paasche_core::wide::limit_vectors(bits)
}
