//! The dataclasses of `paasche.calculation.arrays`, read by their attributes.

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use paasche_core::holdings::intents::{Change, Columns, Deletion, Intent, Scheme, VERBS};
use paasche_core::holdings::shares::{Register, Snapshot};
use paasche_core::panel;
use paasche_core::reference::action::{Action, Kind};
use paasche_core::{Error, Result};
use pyo3::prelude::*;

use crate::capping::Limits;
use crate::errors::to_py;
use crate::free_float::Bands;

type Vector<'py, T> = PyReadonlyArray1<'py, T>;

/// `paasche.calculation.arrays.Panel`.
#[derive(FromPyObject)]
pub(crate) struct Panel<'py> {
    pub(crate) days: Vector<'py, i32>,
    pub(crate) instruments: Vec<String>,
    pub(crate) prices: PyReadonlyArray2<'py, f64>,
    fx: PyReadonlyArray2<'py, f64>,
    currency: Vector<'py, u32>,
}

impl Panel<'_> {
    pub(crate) fn view(&self) -> PyResult<panel::Panel<'_>> {
        panel::Panel::new(
            self.days.as_slice()?,
            &self.instruments,
            self.prices.as_slice()?,
            self.fx.as_slice()?,
            self.currency.as_slice()?,
        )
        .map_err(to_py)
    }
}

/// `paasche.calculation.arrays.Actions`.
#[derive(FromPyObject)]
pub(crate) struct Actions<'py> {
    instrument: Vector<'py, u32>,
    day: Vector<'py, i32>,
    kind: Vector<'py, u8>,
    amount: Vector<'py, f64>,
    price: Vector<'py, f64>,
    tax: Vector<'py, f64>,
    pub(crate) tick: Option<f64>,
}

impl Actions<'_> {
    pub(crate) fn rows(&self) -> PyResult<Vec<Action>> {
        let (instrument, day) = (self.instrument.as_slice()?, self.day.as_slice()?);
        let (amount, price, tax) = (
            self.amount.as_slice()?,
            self.price.as_slice()?,
            self.tax.as_slice()?,
        );
        let kind = self.kind.as_slice()?;
        if let Some(odd) = kind.iter().find(|&&kind| kind as usize >= KINDS.len()) {
            let expected = format!("must be below {}", KINDS.len());
            return Err(to_py(Error::invalid("kind", odd, expected)));
        }
        let row = |at: usize| Action {
            instrument: instrument[at],
            day: day[at],
            kind: KINDS[kind[at] as usize],
            amount: amount[at],
            price: price[at],
            tax: tax[at],
        };
        Ok((0..kind.len()).map(row).collect())
    }
}

/// `paasche.calculation.arrays.Snapshots`; a free float of −1 is not stated.
#[derive(FromPyObject)]
pub(crate) struct Snapshots<'py> {
    instrument: Vector<'py, u32>,
    effective: Vector<'py, i32>,
    listing: Vector<'py, i32>,
    due: Vector<'py, i32>,
    basis: Vector<'py, i32>,
    total: Vector<'py, i64>,
    free_float: Vector<'py, i64>,
}

impl Snapshots<'_> {
    pub(crate) fn rows(&self) -> PyResult<Vec<Snapshot>> {
        let (instrument, effective) = (self.instrument.as_slice()?, self.effective.as_slice()?);
        let (listing, due, basis) = (
            self.listing.as_slice()?,
            self.due.as_slice()?,
            self.basis.as_slice()?,
        );
        let (total, free_float) = (self.total.as_slice()?, self.free_float.as_slice()?);
        let row = |at: usize| Snapshot {
            instrument: instrument[at],
            effective: effective[at],
            listing: listing[at],
            due: due[at],
            basis: basis[at],
            total: total[at],
            free_float: Some(free_float[at]).filter(|&shares| shares >= 0),
        };
        Ok((0..instrument.len()).map(row).collect())
    }
}

/// `paasche.calculation.arrays.Changes`.
#[derive(FromPyObject)]
pub(crate) struct Changes<'py> {
    session: Vector<'py, u32>,
    weighting_session: Vector<'py, u32>,
    caps: Vector<'py, u32>,
    inherit_real_close: Vector<'py, bool>,
    keeps_level: Vector<'py, bool>,
    causes: Vector<'py, u32>,
}

impl Changes<'_> {
    pub(crate) fn rows(&self) -> PyResult<Vec<Change>> {
        let (session, weighting) = (self.session.as_slice()?, self.weighting_session.as_slice()?);
        let (caps, keeps) = (self.caps.as_slice()?, self.keeps_level.as_slice()?);
        let real_close = self.inherit_real_close.as_slice()?;
        let causes = self.causes.as_slice()?;
        let row = |at: usize| Change {
            session: session[at] as usize,
            weighting_session: weighting[at] as usize,
            caps: Some(caps[at])
                .filter(|&at| at != u32::MAX)
                .map(|at| at as usize),
            inherit_real_close: real_close[at],
            keeps_level: keeps[at],
            causes: causes[at],
        };
        Ok((0..session.len()).map(row).collect())
    }
}

/// `paasche.calculation.arrays.Intents`.
#[derive(FromPyObject)]
pub(crate) struct Intents<'py> {
    session: Vector<'py, u32>,
    instrument: Vector<'py, u32>,
    verb: Vector<'py, u8>,
    value: Vector<'py, f64>,
    related: Vector<'py, u32>,
}

impl Intents<'_> {
    /// Returns the columns, whose verbs have been checked.
    pub(crate) fn columns(&self) -> PyResult<Columns<'_>> {
        let columns = Columns {
            session: self.session.as_slice()?,
            instrument: self.instrument.as_slice()?,
            verb: self.verb.as_slice()?,
            value: self.value.as_slice()?,
            related: self.related.as_slice()?,
        };
        if let Some(&verb) = columns
            .verb
            .iter()
            .find(|&&verb| verb as usize >= VERBS.len())
        {
            let expected = format!("must be below {}", VERBS.len());
            return Err(to_py(Error::invalid("verb", verb, expected)));
        }
        Ok(columns)
    }

    pub(crate) fn rows(&self) -> PyResult<Vec<Intent>> {
        Ok(self.columns()?.in_order())
    }
}

/// `paasche.calculation.arrays.Deletions`.
#[derive(FromPyObject)]
pub(crate) struct Deletions<'py> {
    session: Vector<'py, u32>,
    instrument: Vector<'py, u32>,
    close: Vector<'py, f64>,
}

impl Deletions<'_> {
    pub(crate) fn rows(&self) -> PyResult<Vec<Deletion>> {
        let (session, instrument) = (self.session.as_slice()?, self.instrument.as_slice()?);
        let close = self.close.as_slice()?;
        let row = |at: usize| Deletion {
            session: session[at] as usize,
            instrument: instrument[at],
            close: close[at],
        };
        Ok((0..session.len()).map(row).collect())
    }
}

/// `paasche.calculation.arrays.Rules`.
#[derive(FromPyObject)]
pub(crate) struct Rules {
    of_shares: bool,
    scales: bool,
    base_value: f64,
    change_thresholds: Vec<(i32, f64)>,
    bands: Vec<(i32, Bands)>,
    caps: Vec<Limits>,
}

impl Rules {
    pub(crate) fn scheme(&self) -> Result<Scheme> {
        Ok(Scheme {
            of_shares: self.of_shares,
            scales: self.scales,
            caps: self.caps.iter().map(Limits::caps).collect::<Result<_>>()?,
            base_value: self.base_value,
        })
    }

    pub(crate) fn register(
        &self,
        panel: &panel::Panel<'_>,
        rows: &[Snapshot],
        wanted: impl Fn(u32) -> bool,
    ) -> Result<Register> {
        let bands = self
            .bands
            .iter()
            .map(|(from, bands)| Ok((*from, bands.table()?)));
        Register::of(
            panel,
            rows,
            &self.change_thresholds,
            bands.collect::<Result<_>>()?,
            wanted,
        )
    }
}

/// Kinds of action as the arrays number them: `ACTION_KINDS` of `paasche._arrays`.
const KINDS: [Kind; 6] = [
    Kind::Cash,
    Kind::Bonus,
    Kind::Rights,
    Kind::Split,
    Kind::SpinOff,
    Kind::Published,
];
