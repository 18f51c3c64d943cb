//! Holdings × prices to values, and values to index levels.

pub mod chain;
pub mod round;
pub mod series;
pub mod value;
