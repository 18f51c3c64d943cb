//! Hold: intents and events to units and divisors, with the audit trail.
//!
//! Reads the intents of Decide, the panel, corporate actions ([`crate::reference`]) and share
//! snapshots; hands piecewise constant units and the divisor of every session to
//! [`crate::levels`]. Rules: R32, R33, R26, R34, R38, R41, R50 to R57, in the order of same-day processing.

pub mod audit;
pub mod baskets;
pub mod common;
pub mod count;
pub mod family;
pub mod hold;
pub mod intents;
pub mod member;
pub mod period;
pub mod shares;

mod book;
mod change;
mod judging;
mod opening;
mod side;
mod special;

pub use book::Shelf;
pub use common::Common;
pub use hold::{Hold, Holdings, Start, Trail};
