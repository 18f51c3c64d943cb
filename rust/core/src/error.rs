//! What can go wrong: five kinds, the same five a Python caller catches.
//!
//! A message names the thing, its value and what was expected: `single_cap = 0.05: must be …`.

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a calculation was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An argument or a value inside it is outside its domain.
    #[error("{argument} = {value}: {expected}")]
    InvalidInput {
        /// The argument, with the position for an element: `values[3]`.
        argument: String,
        /// The value found.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// Data that the calculation needs is not there.
    #[error("{0}")]
    MissingData(String),
    /// A rule cannot be met with these numbers, such as a cap too tight for the names.
    #[error("{0}")]
    Infeasible(String),
    /// The weighting scheme cannot represent what happened.
    #[error("{0}")]
    NotRepresentable(String),
    /// Results that must agree do not.
    #[error("{0}")]
    Inconsistent(String),
}

impl Error {
    /// An [`Error::InvalidInput`]: `argument = value: expected`.
    pub fn invalid(
        argument: impl Into<String>,
        value: impl std::fmt::Display,
        expected: impl Into<String>,
    ) -> Self {
        Self::InvalidInput {
            argument: argument.into(),
            value: value.to_string(),
            expected: expected.into(),
        }
    }

    /// The same error with the place where it happened in front: `place: message`.
    #[must_use]
    pub fn at(self, place: impl std::fmt::Display) -> Self {
        let with_place = |text: String| format!("{place}: {text}");
        match self {
            Self::InvalidInput {
                argument,
                value,
                expected,
            } => Self::InvalidInput {
                argument: with_place(argument),
                value,
                expected,
            },
            Self::MissingData(text) => Self::MissingData(with_place(text)),
            Self::Infeasible(text) => Self::Infeasible(with_place(text)),
            Self::NotRepresentable(text) => Self::NotRepresentable(with_place(text)),
            Self::Inconsistent(text) => Self::Inconsistent(with_place(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn a_message_names_the_thing_its_value_and_what_was_expected() {
        let error = Error::invalid("single_cap", 0.05, "must be at least 1 / 12 for 12 names");
        assert_eq!(
            error.to_string(),
            "single_cap = 0.05: must be at least 1 / 12 for 12 names"
        );
    }

    #[test]
    fn a_place_goes_in_front_of_the_message() {
        let error = Error::invalid("values[3]", -1.0, "must be 0 or more").at("vector 17");
        assert_eq!(
            error.to_string(),
            "vector 17: values[3] = -1: must be 0 or more"
        );
        let error = Error::Infeasible("no room".into()).at("vector 17");
        assert_eq!(error.to_string(), "vector 17: no room");
    }
}
