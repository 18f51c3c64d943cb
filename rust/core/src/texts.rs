//! Columns of texts as numbers: many rows, few distinct texts.

use std::hash::{DefaultHasher, Hasher};

use rayon::prelude::*;

use crate::{Error, Result};

/// Pieces of the rows that one thread takes, on average.
const PIECES: usize = 4;

/// Bytes of a text that its view holds itself.
const INLINE: usize = 12;

/// No text yet.
const NONE: u32 = u32::MAX;

/// Stands for the view of a row without a text.
pub const NULL: u128 = u128::MAX;

/// Texts as Arrow's string views keep them.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// From the lowest bits: 32 of length, then up to 12 bytes of text; of a longer text its first
    /// four bytes, the buffer it lies in and where it begins there, 32 bits each.
    pub views: &'a [u128],
    /// Where longer texts lie.
    pub buffers: &'a [&'a [u8]],
}

impl Texts<'_> {
    fn bytes(&self, view: u128) -> &[u8] {
        let (buffer, start) = ((view >> 64) as u32 as usize, (view >> 96) as usize);
        &self.buffers[buffer][start..start + length(view)]
    }
}

/// Returns what a table keeps of the view of a longer text: its length and first bytes, and a place
/// where no text lies, so that it equals no view.
fn kept(view: u128) -> u128 {
    u128::from(view as u64) | u128::from(u64::MAX) << 64
}

fn length(view: u128) -> usize {
    view as u32 as usize
}

/// Returns the rows whose text is not that of the row before, in order; the first row is one of them.
#[must_use]
pub fn begins(parts: &[Texts<'_>]) -> Vec<i64> {
    let (mut found, mut first) = (Vec::new(), 0);
    let mut last: Option<(&Texts<'_>, u128)> = None;
    for part in parts {
        for (row, &view) in part.views.iter().enumerate() {
            let again = match row.checked_sub(1).map(|before| part.views[before]) {
                Some(before) => before == view || same((part, before), (part, view)),
                None => last.is_some_and(|before| same(before, (part, view))),
            };
            if !again {
                found.push((first + row) as i64);
            }
        }
        first += part.views.len();
        last = part.views.last().map(|&view| (part, view)).or(last);
    }
    found
}

/// Tells whether two views, each of its own texts, are of one text.
fn same(one: (&Texts<'_>, u128), other: (&Texts<'_>, u128)) -> bool {
    let ((texts, view), (others, its)) = (one, other);
    if length(view) <= INLINE || view == NULL {
        return view == its;
    }
    view as u64 == its as u64 && texts.bytes(view) == others.bytes(its)
}

/// Numbers the texts of a column given in parts: equal texts have equal numbers.
///
/// Returns the distinct texts in byte order; the number of a row is the position of its text there.
///
/// Rows mostly repeat an order of texts, day after day or security after security: what followed a
/// text the last time is compared before any is looked up. Both are read one after another, so that
/// nothing waits for the row before.
///
/// # Errors
///
/// [`Error::InvalidInput`] if there are not as many numbers as rows.
pub fn number(parts: &[Texts<'_>], numbers: &mut [i32]) -> Result<Vec<Vec<u8>>> {
    let rows: usize = parts.iter().map(|part| part.views.len()).sum();
    if numbers.len() != rows {
        let expected = format!("must have {rows} elements");
        return Err(Error::invalid("len(numbers)", numbers.len(), expected));
    }
    let share = rows.div_ceil(PIECES * rayon::current_num_threads()).max(1);
    let (mut pieces, mut room, mut rest) = (Vec::new(), 0, numbers);
    for part in parts {
        let mut views = part.views;
        while !views.is_empty() {
            if room == 0 {
                pieces.push(Vec::new());
                room = share;
            }
            let count = room.min(views.len());
            let (own, later) = views.split_at(count);
            let (places, after) = rest.split_at_mut(count);
            if let Some(piece) = pieces.last_mut() {
                piece.push((
                    Texts {
                        views: own,
                        ..*part
                    },
                    places,
                ));
            }
            (views, rest, room) = (later, after, room - count);
        }
    }
    let pieces: Vec<_> = pieces
        .into_par_iter()
        .map(|mut piece| {
            let mut table = Table::new();
            for (texts, numbers) in &mut piece {
                table.number(*texts, numbers);
            }
            (table.texts, piece)
        })
        .collect();
    let mut names: Vec<Vec<u8>> = pieces.iter().flat_map(|(own, _)| own.clone()).collect();
    names.par_sort_unstable();
    names.dedup();
    pieces.into_par_iter().for_each(|(own, piece)| {
        let place = |text| names.partition_point(|name| name < text) as i32;
        let places: Vec<i32> = own.iter().map(place).collect();
        if !(0..).zip(&places).all(|(at, &place)| at == place) {
            for number in piece.into_iter().flat_map(|(_, numbers)| numbers) {
                *number = places[*number as usize];
            }
        }
    });
    Ok(names)
}

/// The texts met so far, by number, and where to find them.
struct Table {
    /// Views; of longer texts what is [`kept`].
    views: Vec<u128>,
    texts: Vec<Vec<u8>>,
    /// The row of each in which it stood last, among those that are numbered together; or [`NONE`].
    last: Vec<u32>,
    /// Numbers by hash, open addressing; at most half full.
    slots: Vec<u32>,
}

impl Table {
    fn new() -> Self {
        Self {
            views: Vec::new(),
            texts: Vec::new(),
            last: Vec::new(),
            slots: vec![NONE; 64],
        }
    }

    fn number(&mut self, texts: Texts<'_>, numbers: &mut [i32]) {
        self.last.fill(NONE);
        // The row that this one is expected to repeat.
        let mut like = usize::MAX;
        for (row, &view) in texts.views.iter().enumerate() {
            let found = if like < row && texts.views[like] == view {
                numbers[like] as u32
            } else {
                let found = self.find(view, texts);
                like = self.last[found as usize] as usize;
                found
            };
            numbers[row] = found as i32;
            self.last[found as usize] = row as u32;
            like = like.wrapping_add(1);
        }
    }

    fn is(&self, number: u32, view: u128, texts: Texts<'_>) -> bool {
        let at = number as usize;
        self.views.get(at).is_some_and(|&own| {
            own == view
                || length(view) > INLINE && own == kept(view) && self.texts[at] == texts.bytes(view)
        })
    }

    /// Returns the number of a text, a new one where it was not met yet.
    fn find(&mut self, view: u128, texts: Texts<'_>) -> u32 {
        let inline = length(view) <= INLINE;
        let hash = if inline {
            mixed(view)
        } else {
            hashed(texts.bytes(view))
        };
        let mut slot = hash as usize & (self.slots.len() - 1);
        while self.slots[slot] != NONE {
            if self.is(self.slots[slot], view, texts) {
                return self.slots[slot];
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        let number = self.views.len() as u32;
        self.slots[slot] = number;
        self.last.push(NONE);
        if inline {
            self.views.push(view);
            self.texts
                .push(view.to_le_bytes()[4..4 + length(view)].to_vec());
        } else {
            self.views.push(kept(view));
            self.texts.push(texts.bytes(view).to_vec());
        }
        if 2 * self.views.len() > self.slots.len() {
            self.widen();
        }
        number
    }

    fn widen(&mut self) {
        let mask = 2 * self.slots.len() - 1;
        self.slots = vec![NONE; mask + 1];
        for (number, (&view, text)) in (0..).zip(self.views.iter().zip(&self.texts)) {
            let hash = if length(view) <= INLINE {
                mixed(view)
            } else {
                hashed(text)
            };
            let mut slot = hash as usize & mask;
            while self.slots[slot] != NONE {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = number;
        }
    }
}

/// Both halves multiplied, so that every bit of a short text counts (after wyhash).
fn mixed(view: u128) -> u64 {
    let (low, high) = (view as u64, (view >> 64) as u64);
    let product =
        u128::from(low ^ 0xa076_1d64_78bd_642f) * u128::from(high ^ 0xe703_7ed1_a0b4_28db);
    (product >> 64) as u64 ^ product as u64
}

fn hashed(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{INLINE, NULL, Texts, begins, number};
    use proptest::prelude::*;

    /// Views of texts, the long ones in one buffer, as Arrow lays them out.
    fn views(texts: &[&str]) -> (Vec<u128>, Vec<u8>) {
        let mut buffer = Vec::new();
        let views = texts
            .iter()
            .map(|text| {
                let mut view = [0; 16];
                view[..4].copy_from_slice(&(text.len() as u32).to_le_bytes());
                if text.len() <= INLINE {
                    view[4..4 + text.len()].copy_from_slice(text.as_bytes());
                } else {
                    view[4..8].copy_from_slice(&text.as_bytes()[..4]);
                    view[12..].copy_from_slice(&(buffer.len() as u32).to_le_bytes());
                    buffer.extend_from_slice(text.as_bytes());
                }
                u128::from_le_bytes(view)
            })
            .collect();
        (views, buffer)
    }

    fn numbered(parts: &[Vec<&str>]) -> (Vec<String>, Vec<i32>) {
        let laid: Vec<_> = parts.iter().map(|part| views(part)).collect();
        let buffers: Vec<_> = laid.iter().map(|(_, buffer)| [buffer.as_slice()]).collect();
        let texts: Vec<_> = laid
            .iter()
            .zip(&buffers)
            .map(|((views, _), buffers)| Texts { views, buffers })
            .collect();
        let mut numbers = vec![-1; parts.iter().map(Vec::len).sum()];
        let names = number(&texts, &mut numbers).unwrap();
        let names = names
            .into_iter()
            .map(|name| String::from_utf8(name).unwrap());
        (names.collect(), numbers)
    }

    #[test]
    fn texts_are_numbered_in_byte_order() {
        let parts = [
            vec!["600519.SH", "000001.SZ"],
            vec![],
            vec!["000001.SZ", "", "中国"],
        ];
        let (names, numbers) = numbered(&parts);
        assert_eq!(names, ["", "000001.SZ", "600519.SH", "中国"]);
        assert_eq!(numbers, [2, 1, 1, 0, 3]);
    }

    #[test]
    fn long_texts_differ_by_their_last_byte_and_meet_over_parts() {
        let (names, numbers) = numbered(&[
            vec!["CES120 Index A", "CES120 Index B", "CES120 Index"],
            vec!["CES120 Index B"],
        ]);
        assert_eq!(names, ["CES120 Index", "CES120 Index A", "CES120 Index B"]);
        assert_eq!(numbers, [1, 2, 0, 2]);
    }

    #[test]
    fn long_texts_at_one_place_of_two_buffers_differ() {
        let (names, numbers) = numbered(&[vec!["CES120 Index B"], vec!["CES120 Index A"]]);
        assert_eq!(names, ["CES120 Index A", "CES120 Index B"]);
        assert_eq!(numbers, [1, 0]);
    }

    #[test]
    fn a_run_of_texts_goes_on_over_parts_and_other_places() {
        let first = views(&[
            "A",
            "A",
            "CES120 Index A",
            "CES120 Index A",
            "CES120 Index B",
        ]);
        let second = views(&["CES120 Index B", "CES120 Index", "", ""]);
        let (ones, others) = ([first.1.as_slice()], [second.1.as_slice()]);
        let with_null: Vec<u128> = second.0.iter().copied().chain([NULL, NULL]).collect();
        let parts = [(&first.0, &ones), (&with_null, &others), (&vec![], &others)];
        let mut parts = parts
            .map(|(views, buffers)| Texts { views, buffers })
            .to_vec();
        parts.push(Texts {
            views: &[NULL],
            buffers: &[],
        });
        assert_eq!(begins(&parts), [0, 2, 4, 6, 7, 9]);
        assert!(begins(&[]).is_empty());
    }

    #[test]
    fn numbers_for_other_rows_are_refused() {
        let (views, _) = views(&["A", "B"]);
        let texts = Texts {
            views: &views,
            buffers: &[],
        };
        assert!(number(&[texts], &mut [0]).is_err());
    }

    proptest! {
        #[test]
        fn every_row_gets_the_place_of_its_text(
            rows in prop::collection::vec("[a-c]{0,3}(0123456789012)?", 0..300), cut in 0_usize..300,
        ) {
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let (first, second) = rows.split_at(cut.min(rows.len()));
            let (names, numbers) = numbered(&[first.to_vec(), second.to_vec()]);
            prop_assert!(names.is_sorted());
            for (row, number) in rows.iter().zip(numbers) {
                prop_assert_eq!(&names[number as usize], row);
            }
        }

        #[test]
        fn many_texts_keep_their_numbers(count in 1_usize..2000) {
            let rows: Vec<String> = (0..count).map(|at| format!("{:06}.SH", at * 7919 % 100_003)).collect();
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let (names, numbers) = numbered(&[rows.clone(), rows.clone()]);
            prop_assert_eq!(names.len(), count);
            for (row, number) in rows.iter().chain(&rows).zip(numbers) {
                prop_assert_eq!(&names[number as usize], row);
            }
        }
    }
}
