//! Whose turn it is: how many tests may have a browser at the same time.
//!
//! Each of these tests keeps a core busy with networks and another with the browser, save while it waits for one or the
//! other. Three at once fill a small machine; a test that watches how the page's thread is occupied has to have it to itself,
//! and waits for that until hardly any other is left. So tools/test.sh has the test runner start one more on two cores: what
//! waits takes no other's place.

use std::sync::{Condvar, Mutex, PoisonError};

const PLACES: usize = 3;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// The right to run, until dropped.
pub struct Turn {
    places: usize,
}

impl Turn {
    /// Waits for a place, or, to run alone, for all of them.
    pub fn wait(alone: bool) -> Self {
        let places = if alone { PLACES } else { 1 };
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |taken: &mut usize| *taken + places > PLACES;
        let mut taken = FREED.wait_while(taken, full).unwrap_or_else(PoisonError::into_inner);
        *taken += places;
        Self { places }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= self.places;
        FREED.notify_all();
    }
}
