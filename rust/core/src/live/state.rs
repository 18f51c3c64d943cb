//! The state of an engine as bytes, from which another of the same day goes on.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::engine::Engine;
use crate::levels::chain::is_positive;
use crate::{Error, Result};

impl Engine {
    /// Returns what ticks, rates and freezes have made of the day.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let book = &self.book;
        let flags = [&book.traded, &book.halted, &book.closed];
        let rates = self.day.rates.iter().flatten();
        let mut bytes = self.fingerprint().to_vec();
        bytes.extend(book.prices.iter().flat_map(|one| one.to_le_bytes()));
        bytes.extend(book.times.iter().flat_map(|one| one.to_le_bytes()));
        bytes.extend(book.rejected.iter().flat_map(|one| one.to_le_bytes()));
        bytes.extend(rates.flat_map(|one| one.to_le_bytes()));
        bytes.extend(
            flags
                .iter()
                .flat_map(|own| own.iter().map(|&flag| u8::from(flag))),
        );
        bytes
    }

    /// Returns what tells this day from others.
    fn fingerprint(&self) -> [u8; 8] {
        let mut hasher = DefaultHasher::new();
        for price in &self.book.opening().references {
            price.to_bits().hash(&mut hasher);
        }
        for index in &self.day.indices {
            index.securities.hash(&mut hasher);
            for units in &index.units {
                units.to_bits().hash(&mut hasher);
            }
        }
        hasher.finish().to_le_bytes()
    }

    /// Goes on from a state.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for bytes that are the state of another day, or have a price that is none;
    /// nothing is changed then.
    pub fn restore(&mut self, state: &[u8]) -> Result<()> {
        let expected = self.state().len();
        if state.len() != expected {
            let expected = format!("must be {expected}, that of a state of this day");
            return Err(Error::invalid("length of state", state.len(), expected));
        }
        let Some(mut rest) = state.strip_prefix(&self.fingerprint()) else {
            let expected = "must be that of this day: its references and holdings differ";
            return Err(Error::invalid("state", "another", expected));
        };
        let book = &mut self.book;
        let prices = rest
            .as_chunks()
            .0
            .iter()
            .map(|&own| f64::from_le_bytes(own));
        for (at, price) in prices.take(book.prices.len()).enumerate() {
            if !is_positive(price) {
                let expected = "must be positive and finite";
                return Err(Error::invalid(
                    format!("state: prices[{at}]"),
                    price,
                    expected,
                ));
            }
        }
        let mut next = || {
            let (own, after) = rest.split_first_chunk::<8>()?;
            rest = after;
            Some(*own)
        };
        for price in &mut book.prices {
            *price = next().map_or(*price, f64::from_le_bytes);
        }
        for time in &mut book.times {
            *time = next().map_or(*time, i64::from_le_bytes);
        }
        for count in &mut book.rejected {
            *count = next().map_or(*count, u64::from_le_bytes);
        }
        for rate in self.day.rates.iter_mut().flatten() {
            *rate = next().map_or(*rate, f64::from_le_bytes);
        }
        let flags = [&mut book.traded, &mut book.halted, &mut book.closed];
        for (flag, byte) in flags.into_iter().flatten().zip(rest) {
            *flag = *byte != 0;
        }
        book.freeze();
        self.convert();
        Ok(())
    }
}
