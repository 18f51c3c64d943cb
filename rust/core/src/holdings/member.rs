//! A constituent's holding: how its units come about, and the share state that belongs to the index.

use super::count::Count;
use super::shares::{Register, Snapshot};

/// A share change that has been triggered and waits for its session (R57).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Index session on which it applies.
    pub session: usize,
    /// The snapshot that applies.
    pub snapshot: Snapshot,
    /// Its total: that of the register, or on the basis a stored state carries it in.
    pub count: Base,
}

/// What the next snapshot is measured against (R53).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// A snapshot of the register, by its number.
    Snapshot(u32),
    /// A count of its own: of a stored state, a spin-off or a decision.
    Count(Box<Count>),
}

impl Base {
    /// Returns the count.
    #[must_use]
    pub fn count(&self, register: &Register) -> Count {
        match self {
            Self::Snapshot(number) => register.row(*number).count(),
            Self::Count(count) => (**count).clone(),
        }
    }
}

/// The share state of a constituent.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// Shares the index counts today.
    pub total: f64,
    /// Inclusion factor in force.
    pub inclusion_factor: f64,
    /// Weight factor in force.
    pub weight_factor: f64,
    /// What the next snapshot is measured against (R53).
    pub base: Base,
    /// `effective` of the newest snapshot judged or used.
    pub judged: i32,
    /// Triggered changes on their way, by session.
    pub pending: Vec<Pending>,
}

impl Shares {
    /// Returns the adjusted shares: shares times band.
    #[must_use]
    pub fn adjusted(&self) -> f64 {
        self.total * self.inclusion_factor
    }

    /// Returns the units: adjusted shares times weight factor.
    #[must_use]
    pub fn units(&self) -> f64 {
        self.adjusted() * self.weight_factor
    }
}

/// A holding.
#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    /// Units = total × inclusion factor × weight factor.
    Shares(Shares),
    /// Units by themselves: from weights, or given.
    Units(f64),
}

impl Member {
    /// Returns the adjusted shares: shares times band, or the units themselves.
    #[must_use]
    pub fn adjusted_shares(&self) -> f64 {
        match self {
            Self::Shares(shares) => shares.adjusted(),
            Self::Units(units) => *units,
        }
    }

    /// Returns the weight factor; 1 for units.
    #[must_use]
    pub fn weight_factor(&self) -> f64 {
        match self {
            Self::Shares(shares) => shares.weight_factor,
            Self::Units(_) => 1.0,
        }
    }

    /// Returns the units: what a price is multiplied with.
    #[must_use]
    pub fn units(&self) -> f64 {
        self.adjusted_shares() * self.weight_factor()
    }

    /// Multiplies the units by an ex-date's factor.
    pub fn scale(&mut self, factor: f64) {
        match self {
            Self::Shares(shares) => shares.total *= factor,
            Self::Units(units) => *units *= factor,
        }
    }
}
