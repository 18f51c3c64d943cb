//! Market-index arithmetic.

pub mod capping;
pub mod error;
pub mod exact;
pub mod fraction;
pub mod free_float;
pub mod holdings;
pub mod levels;
pub mod live;
pub mod order;
pub mod panel;
pub mod reference;
pub mod rosters;
pub mod scatter;
pub mod texts;
pub mod wide;

pub use error::{Error, Result};
