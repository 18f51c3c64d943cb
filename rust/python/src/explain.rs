//! Explain for arrays: contributions of instruments to the change of a level.

use numpy::{IntoPyArray, PyReadonlyArray1};
use paasche_core::Error;
use paasche_core::levels::explain::{self, Points, Span, Variant};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::slice;
use crate::calculation::{Holdings, column};
use crate::errors::to_py;
use crate::inputs::Panel;
use crate::run::detached;

/// Splits the change of a level over sessions by instrument: price, fx, dividend.
#[pyfunction]
pub(crate) fn contributions<'py>(
    py: Python<'py>,
    panel: Panel<'py>,
    holdings: &Holdings,
    variant: &str,
    first: usize,
    scale: PyReadonlyArray1<'py, f64>,
    rates: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyDict>> {
    let panel = panel.view()?;
    let span = Span {
        first,
        scale: slice(&scale, "scale")?,
        rates: slice(&rates, "rates")?,
        variant: variant_of(variant).map_err(to_py)?,
    };
    let holdings = &holdings.0;
    let found = detached(py, || explain::contributions(&panel, holdings, &span))?;
    let tables = PyDict::new(py);
    tables.set_item("sessions", points(py, found.by_session)?)?;
    let instruments = points(py, found.by_instrument)?;
    let seen = &found.seen;
    instruments.set_item("sessions", column(py, seen, |one| i64::from(one.sessions)))?;
    instruments.set_item("reference", column(py, seen, |one| one.reference))?;
    instruments.set_item("close", column(py, seen, |one| one.close))?;
    instruments.set_item("opening_value", column(py, seen, |one| one.opening_value))?;
    instruments.set_item("closing_value", column(py, seen, |one| one.closing_value))?;
    tables.set_item("instruments", instruments)?;
    Ok(tables)
}

fn points(py: Python<'_>, found: Points) -> PyResult<Bound<'_, PyDict>> {
    let columns = PyDict::new(py);
    columns.set_item("price", found.price.into_pyarray(py))?;
    columns.set_item("fx", found.fx.into_pyarray(py))?;
    columns.set_item("dividend", found.dividend.into_pyarray(py))?;
    Ok(columns)
}

fn variant_of(name: &str) -> paasche_core::Result<Variant> {
    match name {
        "price" => Ok(Variant::Price),
        "total_return" => Ok(Variant::TotalReturn),
        "net_total_return" => Ok(Variant::NetTotalReturn),
        _ => Err(Error::invalid(
            "variant",
            name,
            "must be price, total_return or net_total_return",
        )),
    }
}
