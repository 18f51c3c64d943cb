//! Who holds each security.

use std::ops::Range;

/// Numbers of those that hold a security, ascending, security after security.
#[derive(Clone, Debug)]
pub(super) struct Holders {
    /// First holder of each security; one more than there are.
    starts: Vec<usize>,
    numbers: Vec<u32>,
}

impl Holders {
    /// Turns what each holds into who holds each.
    pub(super) fn new<'h>(
        securities: usize,
        held: impl Iterator<Item = &'h [u32]> + Clone,
    ) -> Self {
        let mut starts = vec![0; securities + 1];
        for &security in held.clone().flatten() {
            starts[security as usize + 1] += 1;
        }
        for security in 0..securities {
            starts[security + 1] += starts[security];
        }
        let mut holders = Self {
            numbers: vec![0; starts[securities]],
            starts,
        };
        let mut places = holders.places();
        for (number, own) in (0..).zip(held) {
            for &security in own {
                holders.numbers[places(security)] = number;
            }
        }
        holders
    }

    /// Returns where the holders of a security stand.
    #[inline(always)]
    pub(super) fn range(&self, security: usize) -> Range<usize> {
        self.starts[security]..self.starts[security + 1]
    }

    /// Returns all, as [`Self::range`] counts them.
    #[inline(always)]
    pub(super) fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// Tells the place of each who holds a security, asked one after another.
    pub(super) fn places(&self) -> impl FnMut(u32) -> usize + use<> {
        let mut next = self.starts.clone();
        move |security| {
            let place = &mut next[security as usize];
            *place += 1;
            *place - 1
        }
    }
}
