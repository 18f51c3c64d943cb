//! The state of an index after a session: what a continued run starts from, exact to the last bit.

use paasche_core::exact;
use paasche_core::holdings::count::Count;
use paasche_core::holdings::member::{Base, Member, Pending, Shares};
use paasche_core::holdings::shares::Snapshot;
use paasche_core::holdings::{Holdings, Start};
use paasche_core::panel::Panel;
use paasche_core::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// A holding of a stored state; share fields are `None` where units stand by themselves.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Row {
    instrument: u32,
    units: f64,
    total: Option<f64>,
    inclusion_factor: Option<f64>,
    weight_factor: Option<f64>,
    base: Option<String>,
    judged: Option<i32>,
    pending: Vec<PendingRow>,
}

/// A triggered share change of a stored state.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct PendingRow {
    effective: i32,
    listing: i32,
    due: i32,
    shares: String,
    total: i64,
    free_float: Option<i64>,
}

/// `paasche.calculation.arrays.State`.
#[derive(FromPyObject)]
pub(crate) struct State {
    divisor: f64,
    members: Vec<Row>,
}

impl State {
    /// Returns the start of a continued run after `session`.
    pub(crate) fn start(&self, session: usize, panel: &Panel<'_>) -> Result<Start> {
        let day = panel.days[session];
        let members = self
            .members
            .iter()
            .map(|row| Ok((row.instrument, row.member(day)?)));
        Ok(Start::Resume {
            session,
            members: members.collect::<Result<_>>()?,
            divisor: self.divisor,
        })
    }
}

impl Row {
    fn member(&self, day: i32) -> Result<Member> {
        let Some(total) = self.total else {
            return Ok(Member::Units(self.units));
        };
        let absent = |column: &str| Error::MissingData(format!("state: {column} is absent"));
        let base = self.base.as_deref().ok_or_else(|| absent("base"))?;
        let pending = self
            .pending
            .iter()
            .map(|row| row.pending(self.instrument, day));
        Ok(Member::Shares(Shares {
            total,
            inclusion_factor: self
                .inclusion_factor
                .ok_or_else(|| absent("inclusion_factor"))?,
            weight_factor: self.weight_factor.ok_or_else(|| absent("weight_factor"))?,
            base: Base::Count(Box::new(Count {
                shares: exact::from_text("base", base)?,
                basis: day,
            })),
            judged: self.judged.ok_or_else(|| absent("judged"))?,
            pending: pending.collect::<Result<_>>()?,
        }))
    }
}

impl PendingRow {
    fn pending(&self, instrument: u32, day: i32) -> Result<Pending> {
        let snapshot = Snapshot {
            instrument,
            effective: self.effective,
            listing: self.listing,
            due: self.due,
            basis: day,
            total: self.total,
            free_float: self.free_float,
        };
        let count = Count {
            shares: exact::from_text("pending shares", &self.shares)?,
            basis: day,
        };
        Ok(Pending {
            session: 0,
            snapshot,
            count: Base::Count(Box::new(count)),
        })
    }
}

/// Writes the holdings after the last session as rows that [`State`] reads back.
pub(crate) fn rows<'py>(py: Python<'py>, holdings: &Holdings) -> PyResult<Bound<'py, PyList>> {
    let rows = PyList::empty(py);
    for (instrument, member) in &holdings.members {
        let row = PyDict::new(py);
        row.set_item("instrument", instrument)?;
        row.set_item("units", member.units())?;
        let pending = PyList::empty(py);
        if let Member::Shares(shares) = member {
            row.set_item("total", shares.total)?;
            row.set_item("inclusion_factor", shares.inclusion_factor)?;
            row.set_item("weight_factor", shares.weight_factor)?;
            // The state at the end holds counts on the basis of the last session.
            if let Base::Count(count) = &shares.base {
                row.set_item("base", exact::to_text(&count.shares))?;
            }
            row.set_item("judged", shares.judged)?;
            for change in &shares.pending {
                let fields = PyDict::new(py);
                fields.set_item("effective", change.snapshot.effective)?;
                fields.set_item("listing", change.snapshot.listing)?;
                if let Base::Count(count) = &change.count {
                    fields.set_item("shares", exact::to_text(&count.shares))?;
                }
                fields.set_item("total", change.snapshot.total)?;
                fields.set_item("free_float", change.snapshot.free_float)?;
                pending.append(fields)?;
            }
        } else {
            for column in [
                "total",
                "inclusion_factor",
                "weight_factor",
                "base",
                "judged",
            ] {
                row.set_item(column, py.None())?;
            }
        }
        row.set_item("pending", pending)?;
        rows.append(row)?;
    }
    Ok(rows)
}
