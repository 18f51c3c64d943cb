//! Long tables to dense panels, for frames.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Date32Array, RecordBatch, StringViewArray};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadwriteArray1, PyReadwriteArray2};
use paasche_core::order::ascends;
use paasche_core::scatter::{Axes, Column, Part, scatter};
use paasche_core::texts::{NULL, Texts, begins, number};
use paasche_core::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::arrays::slice;
use crate::arrow::{Frame, batches, column};
use crate::errors::to_py;
use crate::run::on_threads;

/// Numbers the texts of the first column of frames, none of which is null.
///
/// Fills `numbers` with the position of each row's text among the distinct ones, and returns these in
/// byte order.
#[pyfunction]
pub(crate) fn number_texts<'py>(
    py: Python<'py>,
    frames: Vec<Frame>,
    mut numbers: PyReadwriteArray1<'py, i32>,
) -> PyResult<Bound<'py, PyList>> {
    let columns = texts(&frames)?;
    for (column, name) in &columns {
        whole(*column, name)?;
    }
    let own = numbers.as_slice_mut()?;
    let names = on_texts(py, &columns, |parts| number(parts, own))?;
    let names = names
        .iter()
        .map(|name| PyString::from_bytes(py, name))
        .collect::<PyResult<Vec<_>>>()?;
    PyList::new(py, names)
}

/// Returns the rows whose text in the first column of frames is not that of the row before.
#[pyfunction]
pub(crate) fn text_begins(
    py: Python<'_>,
    frames: Vec<Frame>,
) -> PyResult<Bound<'_, PyArray1<i64>>> {
    let found = on_texts(py, &texts(&frames)?, |parts| Ok(begins(parts)))?;
    Ok(found.into_pyarray(py))
}

/// Returns the first column of each batch, and its name.
fn texts(frames: &[Frame]) -> PyResult<Vec<(&StringViewArray, &str)>> {
    batches(frames)
        .map(|batch| {
            let name = batch.schema_ref().field(0).name();
            Ok((column(batch, name)?, name.as_str()))
        })
        .collect()
}

/// Does something with texts as they lie in memory.
fn on_texts<T: Send>(
    py: Python<'_>,
    columns: &[(&StringViewArray, &str)],
    work: impl FnOnce(&[Texts<'_>]) -> Result<T> + Send,
) -> PyResult<T> {
    let views: Vec<Cow<'_, [u128]>> = columns.iter().map(|(column, _)| views(column)).collect();
    let buffers: Vec<Vec<&[u8]>> = columns
        .iter()
        .map(|(column, _)| {
            column
                .data_buffers()
                .iter()
                .map(|buffer| &buffer[..])
                .collect()
        })
        .collect();
    let parts: Vec<_> = views
        .iter()
        .zip(&buffers)
        .map(|(views, buffers)| Texts { views, buffers })
        .collect();
    on_threads(py, None, || work(&parts))
}

/// Returns the views of a column; a null says that it is none.
fn views(column: &StringViewArray) -> Cow<'_, [u128]> {
    let Some(nulls) = column.nulls().filter(|nulls| nulls.null_count() > 0) else {
        return Cow::Borrowed(column.views());
    };
    let view = |(&view, there)| if there { view } else { NULL };
    column.views().iter().zip(nulls).map(view).collect()
}

/// Tells whether every row stands behind the one before, by the columns, the first of them first.
#[pyfunction]
pub(crate) fn rows_ascend<'py>(
    py: Python<'py>,
    columns: Vec<PyReadonlyArray1<'py, i32>>,
) -> PyResult<bool> {
    let columns = columns
        .iter()
        .map(|column| slice(column, "columns"))
        .collect::<PyResult<Vec<_>>>()?;
    on_threads(py, None, || ascends(&columns))
}

/// Lays columns of frames out in panels of days × instruments, NaN where there is no row or no value.
///
/// Each frame has a column `date`; the others are of float64 or int64 and go into one panel each, in
/// their order. Returns the position of a row whose security and day another row has too, or None. The
/// panels come from the caller, as numpy asks the system for large pages. With `seen` they are gone on
/// with: cells without a row here stay as they are.
#[pyfunction]
#[pyo3(signature = (frames, securities, days, instruments, panels, seen = None))]
pub(crate) fn scatter_columns<'py>(
    py: Python<'py>,
    frames: Vec<Frame>,
    securities: PyReadonlyArray1<'py, i32>,
    days: PyReadonlyArray1<'py, i32>,
    instruments: PyReadonlyArray1<'py, i32>,
    mut panels: Vec<PyReadwriteArray2<'py, f64>>,
    mut seen: Option<PyReadwriteArray2<'py, bool>>,
) -> PyResult<Option<usize>> {
    let mut rest = slice(&securities, "securities")?;
    let figures = batches(&frames)
        .map(figures)
        .collect::<PyResult<Vec<_>>>()?;
    let mut parts = Vec::with_capacity(figures.len());
    for (batch, figures) in batches(&frames).zip(&figures) {
        let dates = whole(column::<Date32Array>(batch, "date")?, "date")?.values();
        let Some((own, later)) = rest.split_at_checked(dates.len()) else {
            let expected = "must have one element for each row";
            return Err(to_py(Error::invalid(
                "len(securities)",
                securities.len()?,
                expected,
            )));
        };
        rest = later;
        let columns = figures.iter().map(Figures::column).collect();
        parts.push(Part {
            dates,
            securities: own,
            columns,
        });
    }
    let width = panels.first().map_or(0, |panel| panel.as_array().ncols());
    let axes = Axes {
        days: slice(&days, "days")?,
        instruments: slice(&instruments, "instruments")?,
        width,
    };
    let mut cells = panels
        .iter_mut()
        .map(|panel| Ok(panel.as_slice_mut()?))
        .collect::<PyResult<Vec<_>>>()?;
    let seen = seen.as_mut().map(PyReadwriteArray2::as_slice_mut);
    let seen = seen.transpose()?;
    let twice = on_threads(py, None, || scatter(&parts, axes, &mut cells, seen))?;
    Ok(twice.map(|twice| twice.0))
}

/// Figures of a batch: as they lie there, or with NaN for null.
enum Figures<'a> {
    Floats(Cow<'a, [f64]>),
    Integers(&'a [i64]),
}

impl Figures<'_> {
    fn column(&self) -> Column<'_> {
        match self {
            Self::Floats(values) => Column::Floats(values),
            Self::Integers(values) => Column::Integers(values),
        }
    }
}

/// Returns the figures of all columns but `date`.
fn figures(batch: &RecordBatch) -> PyResult<Vec<Figures<'_>>> {
    let names = batch.schema_ref().fields().iter().map(|field| field.name());
    names
        .zip(batch.columns())
        .filter(|(name, _)| *name != "date")
        .map(|(name, values)| figure(name, values))
        .collect()
}

fn figure<'a>(name: &str, values: &'a ArrayRef) -> PyResult<Figures<'a>> {
    let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
    if let Some(floats) = values.as_primitive_opt::<Float64Type>() {
        return Ok(Figures::Floats(if floats.null_count() == 0 {
            Cow::Borrowed(floats.values())
        } else {
            floats.iter().map(or_nan).collect()
        }));
    }
    if let Some(whole) = values.as_primitive_opt::<Int64Type>() {
        return Ok(if whole.null_count() == 0 {
            Figures::Integers(whole.values())
        } else {
            let floats = whole
                .iter()
                .map(|value| or_nan(value.map(|value| value as f64)));
            Figures::Floats(floats.collect())
        });
    }
    let expected = "must be of float64 or int64";
    Err(to_py(Error::invalid(
        format!("column {name}"),
        values.data_type(),
        expected,
    )))
}

/// Returns an array that has no nulls.
fn whole<'a, T: Array>(values: &'a T, name: &str) -> PyResult<&'a T> {
    if values.null_count() == 0 {
        return Ok(values);
    }
    let found = format!("{} nulls", values.null_count());
    Err(to_py(Error::invalid(
        format!("column {name}"),
        found,
        "must have no null",
    )))
}
