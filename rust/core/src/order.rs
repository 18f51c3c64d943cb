//! The order of rows.

use std::ops::Range;

use rayon::prelude::*;

use crate::{Error, Result};

/// Rows that one thread compares at a time.
const ROWS: usize = 1 << 13;

/// Tells whether every row stands behind the one before: by the first column, where it is equal by
/// the next, and so on. Then no row comes twice.
///
/// # Errors
///
/// [`Error::InvalidInput`] if the columns are not of one length.
pub fn ascends(columns: &[&[i32]]) -> Result<bool> {
    let Some((first, others)) = columns.split_first() else {
        return Ok(true);
    };
    let rows = first.len();
    if let Some(other) = others.iter().find(|other| other.len() != rows) {
        let expected = format!("must have {rows} elements");
        return Err(Error::invalid("len(a column)", other.len(), expected));
    }
    let pieces = 0..rows.saturating_sub(1).div_ceil(ROWS);
    let own = |piece: usize| -> Range<usize> { piece * ROWS..((piece + 1) * ROWS).min(rows - 1) };
    Ok(pieces
        .into_par_iter()
        .all(|piece| behind(columns, own(piece))))
}

/// Puts rows together by their groups, which are numbered below `groups`; those of a group stay in the
/// order they came in. Returns them with the first row of each group, as [`starts`] does.
///
/// Each row is put in its place: no two are compared.
#[must_use]
pub fn grouped<T: Copy>(
    groups: usize,
    rows: &[T],
    group: impl Fn(&T) -> u32,
) -> (Vec<T>, Vec<usize>) {
    let starts = starts(groups, rows.iter().map(&group));
    let (mut next, mut places) = (starts.clone(), vec![0; rows.len()]);
    for (at, row) in (0_u32..).zip(rows) {
        let place = &mut next[group(row) as usize];
        places[*place] = at;
        *place += 1;
    }
    let rows = places.into_iter().map(|at| rows[at as usize]).collect();
    (rows, starts)
}

/// Returns the first row of each group where rows stand group by group; one more than there are groups.
#[must_use]
pub fn starts(groups: usize, own: impl Iterator<Item = u32>) -> Vec<usize> {
    let mut starts = vec![0; groups + 1];
    for group in own {
        starts[group as usize + 1] += 1;
    }
    for at in 1..=groups {
        starts[at] += starts[at - 1];
    }
    starts
}

/// Tells whether the row after each of some rows stands behind it.
fn behind(columns: &[&[i32]], rows: Range<usize>) -> bool {
    // Whole columns from the last one on, without a branch: many rows are compared at a time.
    let mut found = vec![false; rows.len()];
    for column in columns.iter().rev() {
        let pairs = column[rows.clone()]
            .iter()
            .zip(&column[rows.start + 1..=rows.end]);
        for (found, (one, next)) in found.iter_mut().zip(pairs) {
            *found = one < next || (one == next && *found);
        }
    }
    !found.contains(&false)
}

#[cfg(test)]
mod tests {
    use super::{ROWS, ascends, grouped, starts};

    #[test]
    fn rows_stand_by_group_and_within_one_as_they_came() {
        let rows = [(2, 'a'), (0, 'b'), (2, 'c'), (3, 'd'), (0, 'e')];
        let (rows, firsts) = grouped(4, &rows, |row| row.0);
        assert_eq!(rows, [(0, 'b'), (0, 'e'), (2, 'a'), (2, 'c'), (3, 'd')]);
        assert_eq!(firsts, [0, 2, 2, 4, 5]);
        assert_eq!(starts(4, rows.iter().map(|row| row.0)), firsts);
        assert_eq!(grouped(0, &[], |row: &u32| *row), (vec![], vec![0]));
    }

    #[test]
    fn the_next_column_decides_where_one_is_equal() {
        assert!(ascends(&[&[1, 1, 2], &[5, 6, 0]]).unwrap());
        assert!(!ascends(&[&[1, 1, 2], &[6, 5, 0]]).unwrap());
        assert!(!ascends(&[&[1, 3, 2], &[5, 6, 7]]).unwrap());
    }

    #[test]
    fn equal_rows_do_not_ascend() {
        assert!(!ascends(&[&[1, 1], &[5, 5]]).unwrap());
        assert!(!ascends(&[&[1, 1]]).unwrap());
    }

    #[test]
    fn few_rows_ascend() {
        assert!(ascends(&[]).unwrap());
        assert!(ascends(&[&[], &[]]).unwrap());
        assert!(ascends(&[&[7]]).unwrap());
    }

    #[test]
    fn a_row_out_of_place_is_found_on_either_side_of_a_piece() {
        let rows: Vec<i32> = (0..2 * ROWS as i32 + 2).collect();
        assert!(ascends(&[&rows]).unwrap());
        for at in [1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS, 2 * ROWS + 1] {
            let mut rows = rows.clone();
            rows[at] = rows[at - 1];
            assert!(!ascends(&[&rows]).unwrap(), "{at}");
        }
    }

    #[test]
    fn columns_of_other_lengths_are_refused() {
        assert!(ascends(&[&[1, 2], &[1]]).is_err());
    }
}
