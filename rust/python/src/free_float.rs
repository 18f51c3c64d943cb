//! `paasche.free_float`.

use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use paasche_core::free_float::{self, BandTable, First, Holding, Threshold};
use paasche_core::{Error, Result};
use pyo3::prelude::*;

use crate::arrays::{large, named, slice};
use crate::errors::to_py;
use crate::run::{detached, on_threads};

/// `paasche.methodology.tables.BandTable`, read by its attributes.
#[derive(FromPyObject)]
pub(crate) struct Bands {
    first: String,
    first_upper: u32,
    uppers: Vec<u32>,
    percents: Vec<u32>,
}

impl Bands {
    pub(crate) fn table(&self) -> Result<BandTable> {
        let first = named(
            "first",
            &self.first,
            &[("ceil", First::Ceil), ("exact", First::Exact)],
        )?;
        if self.uppers.len() != self.percents.len() {
            return Err(Error::invalid(
                "length of percents",
                self.percents.len(),
                format!("must be the length of uppers, {}", self.uppers.len()),
            ));
        }
        let uppers = self.uppers.iter().copied();
        let steps: Vec<_> = uppers.zip(self.percents.iter().copied()).collect();
        BandTable::new(first, self.first_upper, &steps)
    }
}

/// Inclusion factors by a table of bands (R47).
#[pyfunction]
pub(crate) fn inclusion_factors<'py>(
    py: Python<'py>,
    free_float: PyReadonlyArray1<'py, i64>,
    total: PyReadonlyArray1<'py, i64>,
    table: Bands,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (free_float, total) = (slice(&free_float, "free_float")?, slice(&total, "total")?);
    let out = large(py, total.len());
    let mut factors = out.readwrite();
    let factors = factors.as_slice_mut()?;
    on_threads(py, None, || {
        let table = table.table()?;
        table.inclusion_factors(free_float, total, factors)
    })?;
    Ok(out)
}

/// Holders in columns, as `paasche.free_float` hands them over.
#[derive(FromPyObject)]
pub(crate) struct Holders<'py> {
    security: PyReadonlyArray1<'py, i64>,
    group: PyReadonlyArray1<'py, i64>,
    shares: PyReadonlyArray1<'py, i64>,
    restricted: PyReadonlyArray1<'py, i64>,
    strategic: PyReadonlyArray1<'py, bool>,
}

impl Holders<'_> {
    fn rows(&self) -> PyResult<Vec<Holding>> {
        let security = slice(&self.security, "holder_security")?;
        let group = slice(&self.group, "holder_group")?;
        let shares = slice(&self.shares, "holder_shares")?;
        let restricted = slice(&self.restricted, "holder_restricted")?;
        let strategic = slice(&self.strategic, "strategic")?;
        let row = |at: usize| {
            let place = |negative| {
                let name = format!("holder_security[{at}]");
                Error::invalid(name, negative, "must be 0 or more")
            };
            Ok(Holding {
                security: usize::try_from(security[at]).map_err(|_| place(security[at]))?,
                group: group[at] as usize,
                shares: shares[at],
                restricted: restricted[at],
                strategic: strategic[at],
            })
        };
        (0..security.len())
            .map(row)
            .collect::<Result<_>>()
            .map_err(to_py)
    }
}

/// Free-float shares from total shares and holders (R46).
#[pyfunction]
pub(crate) fn free_float_shares<'py>(
    py: Python<'py>,
    total: PyReadonlyArray1<'py, i64>,
    restricted: Option<PyReadonlyArray1<'py, i64>>,
    holders: Holders<'py>,
    threshold: (u32, u32),
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let total = slice(&total, "total")?;
    let restricted = restricted
        .as_ref()
        .map(|counts| slice(counts, "restricted"))
        .transpose()?;
    let holdings = holders.rows()?;
    let shares = detached(py, || {
        let threshold = Threshold::new(threshold.0, threshold.1)?;
        free_float::free_float_shares(total, restricted, &holdings, threshold)
    })?;
    Ok(shares.into_pyarray(py))
}
