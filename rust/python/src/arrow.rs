//! Frames as they lie in memory, through Arrow's C stream.

use std::ffi::CStr;

use arrow_array::RecordBatch;
use arrow_array::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use paasche_core::Error;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::errors::to_py;

/// How Arrow's C stream names its capsules.
const STREAM: &CStr = c"arrow_array_stream";

/// A frame: what exports an Arrow C stream of record batches, such as one of polars.
pub(crate) struct Frame {
    batches: Vec<RecordBatch>,
}

impl<'py> FromPyObject<'_, 'py> for Frame {
    type Error = PyErr;

    fn extract(frame: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let exported = frame.call_method0("__arrow_c_stream__")?;
        let capsule = exported.cast::<PyCapsule>()?;
        let stream = capsule.pointer_checked(Some(STREAM))?;
        let stream = stream.as_ptr().cast::<FFI_ArrowArrayStream>();
        // SAFETY: a capsule of this name points at a stream that lives as long as the capsule, which
        // this function holds; the stream is moved out and marked released, as Arrow's PyCapsule
        // interface asks, so that nobody reads or frees it twice.
        #[allow(unsafe_code, reason = "the C interface hands over a pointer")]
        let reader = unsafe { ArrowArrayStreamReader::from_raw(stream) };
        let batches = reader.and_then(Iterator::collect);
        let batches = batches.map_err(|failure| {
            to_py(Error::invalid("frame", failure, "must be a table of Arrow"))
        })?;
        Ok(Self { batches })
    }
}

/// Returns the record batches of frames, one frame after another.
pub(crate) fn batches(frames: &[Frame]) -> impl Iterator<Item = &RecordBatch> {
    frames.iter().flat_map(|frame| &frame.batches)
}

/// Returns a column of a batch as an array of the type that was asked for.
pub(crate) fn column<'a, T: 'static>(batch: &'a RecordBatch, name: &str) -> PyResult<&'a T> {
    let found = batch.column_by_name(name);
    let array = found.and_then(|array| array.as_any().downcast_ref());
    array.ok_or_else(|| {
        let kind = found.map_or_else(|| "none".to_owned(), |array| array.data_type().to_string());
        let wanted = std::any::type_name::<T>();
        to_py(Error::invalid(
            format!("column {name}"),
            kind,
            format!("must be a {wanted}"),
        ))
    })
}
