//! Holdings × prices to values, values to index levels, and levels to what contributed to them.

pub mod chain;
pub mod explain;
pub mod round;
pub mod series;
pub mod value;
