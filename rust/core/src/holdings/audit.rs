//! The audit trail: every change of units and of the divisor, with its reason.

/// Why a divisor changed; a correction may have several causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Cause {
    /// A review renewed the basket.
    Review = 1,
    /// Joiners and leavers between reviews.
    Interim = 2,
    /// A name was deleted (R33).
    Deletion = 4,
    /// Rights, or an ex-rights reference price rounded to a tick (R52).
    ExRights = 8,
    /// A share change of 5 % or more (R53).
    ShareChange = 16,
    /// A bonus, rights issue or split that leaves the units as they are: price weighting.
    PriceWeighted = 32,
    /// A constituent's spin-off is held beside it (R26).
    SpinOff = 64,
    /// A committee decision (R34).
    Decision = 128,
}

impl Cause {
    /// Returns the bit of this cause in a set.
    #[must_use]
    pub fn bit(self) -> u32 {
        self as u32
    }
}

/// A change of the divisor that is due (R50).
#[derive(Clone, Copy, Debug)]
pub struct Correction {
    /// First session with the new divisor.
    pub session: usize,
    /// Value that the holdings gain at the opening, at the rates of the close before: the new ones at
    /// their reference prices less the old ones at that close.
    pub gain: f64,
    /// Set of [`Cause`].
    pub causes: u32,
    /// What all factors were divided by (R32), where the gap passes through (R34) and the divisor
    /// makes up for this alone.
    pub gap: Option<f64>,
}

/// What happened to a constituent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Happening {
    /// It entered; before: none, after: units.
    Joined,
    /// It was spun off a constituent and is held beside it (R26); before: none, after: units.
    SpunOff,
    /// It left; before: units, after: none.
    Left,
    /// Cash alone goes ex (R51); before: close, after: full reference price.
    ExDividend,
    /// A bonus, rights issue or split goes ex, with or without cash (R52); as above.
    ExRights,
    /// A review changed its shares or band (R54); before and after: adjusted shares.
    Renewed,
    /// A review changed its weight factor (R38), or the units its weight gives; before and after:
    /// factor or units.
    Reweighted,
    /// A snapshot changed the shares by less than the threshold: it waits for the review (R54);
    /// before and after: shares.
    ShareChangeDeferred,
    /// A snapshot reached the threshold (R53); before and after: shares.
    ShareChangeTriggered,
    /// A snapshot older than one already used was passed over; before and after: shares.
    SnapshotPassedOver,
    /// A triggered change took effect (R57); before and after: shares.
    ShareChangeApplied,
    /// A decision set its shares (R34); before and after: shares.
    SharesSet,
    /// A decision set its weight factor (R34); before and after: factor.
    FactorSet,
    /// It inherited a leaver's weight (R32); before: none, after: factor or units.
    WeightInherited,
    /// All factors were divided by the largest (R32); before: largest factor, after: 1.
    FactorsRescaled,
}

/// One event; figures are NaN where there is none.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Session it belongs to.
    pub session: usize,
    /// Column of the instrument in the panel; `None` for the whole index.
    pub instrument: Option<u32>,
    /// What happened.
    pub happening: Happening,
    /// The figure before.
    pub before: f64,
    /// The figure after.
    pub after: f64,
    /// What it did to the value of the holdings at the opening, in index currency: the effects of a
    /// session add up to what its correction takes out of the level.
    pub value_effect: f64,
}

/// A holding as it stands from a session on.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// First session.
    pub session: usize,
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// Shares of the class; NaN where units do not come from shares, or for a leaver.
    pub total: f64,
    /// Inclusion factor (R47); NaN as above.
    pub inclusion_factor: f64,
    /// Adjusted shares; 0 for a leaver.
    pub adjusted_shares: f64,
    /// Weight factor in (0, 1].
    pub weight_factor: f64,
    /// Opening price in quote currency: the reference price of the price index.
    pub price: f64,
    /// Rate of the close before.
    pub fx: f64,
}
