//! Baskets of many indices to intents, for arrays.

use numpy::{IntoPyArray, PyReadonlyArray1};
use paasche_core::rosters::{Baskets, intents};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::slice;
use crate::run::detached;

/// `paasche.calculation.many.deciding._Asked`.
#[derive(FromPyObject)]
pub(crate) struct Asked<'py> {
    owner: PyReadonlyArray1<'py, i64>,
    session: PyReadonlyArray1<'py, u32>,
    review: PyReadonlyArray1<'py, bool>,
    verb: PyReadonlyArray1<'py, u8>,
    value: PyReadonlyArray1<'py, f64>,
    starts: PyReadonlyArray1<'py, i64>,
    security: PyReadonlyArray1<'py, i32>,
    values: Option<PyReadonlyArray1<'py, f64>>,
    replaces: Option<PyReadonlyArray1<'py, i32>>,
}

/// Returns what is asked from each basket to the next, by basket and instrument.
///
/// `instrument` has the column of each security in the panel.
#[pyfunction]
pub(crate) fn basket_intents<'py>(
    py: Python<'py>,
    asked: Asked<'py>,
    instrument: PyReadonlyArray1<'py, i32>,
) -> PyResult<Bound<'py, PyDict>> {
    let values = asked.values.as_ref();
    let replaces = asked.replaces.as_ref();
    let baskets = Baskets {
        owner: slice(&asked.owner, "owner")?,
        session: slice(&asked.session, "session")?,
        review: slice(&asked.review, "review")?,
        verb: slice(&asked.verb, "verb")?,
        value: slice(&asked.value, "value")?,
        starts: slice(&asked.starts, "starts")?,
        security: slice(&asked.security, "security")?,
        values: values.map(|values| slice(values, "values")).transpose()?,
        replaces: replaces
            .map(|replaces| slice(replaces, "replaces"))
            .transpose()?,
    };
    let instrument = slice(&instrument, "instrument")?;
    let rows = detached(py, || Ok(intents(&baskets, instrument)))?;
    let found = PyDict::new(py);
    found.set_item("session", rows.session.into_pyarray(py))?;
    found.set_item("instrument", rows.instrument.into_pyarray(py))?;
    found.set_item("verb", rows.verb.into_pyarray(py))?;
    found.set_item("value", rows.value.into_pyarray(py))?;
    found.set_item("related", rows.related.into_pyarray(py))?;
    found.set_item("starts", rows.starts.into_pyarray(py))?;
    found.set_item("refused", rows.refused.into_pyarray(py))?;
    Ok(found)
}
