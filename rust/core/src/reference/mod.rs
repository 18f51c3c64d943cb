//! Opening reference prices 開盤參考價 from corporate actions (R62, R63).

pub mod action;
pub mod carry;
pub mod effect;
pub mod effects;
pub mod price;
pub mod scale;
