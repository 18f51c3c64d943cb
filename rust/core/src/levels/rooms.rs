//! Memory that tasks hand on to each other, so that not each of them asks the system for its own.

use std::sync::{Mutex, PoisonError};

/// Rooms that no task works in just now.
#[derive(Debug, Default)]
pub(super) struct Rooms<T>(Mutex<Vec<T>>);

impl<T: Default> Rooms<T> {
    /// Works in a room that is free, or in a new one.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let free = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = free().pop().unwrap_or_default();
        let done = work(&mut room);
        free().push(room);
        done
    }
}
