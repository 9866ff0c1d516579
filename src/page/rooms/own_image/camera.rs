//! Where the camera stands. Every question to the browser has a number, and only the answer to the last one counts.

use crate::page::words;

/// The camera.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Camera {
    number: u32,
    stage: Stage,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Not asked for, or let go.
    #[default]
    Closed,
    /// The browser asks the person.
    Asked,
    /// Allowed, but nothing is seen yet.
    Starting,
    /// Its picture is seen.
    Live,
}

impl Camera {
    /// How far it is.
    pub fn stage(self) -> Stage {
        self.stage
    }

    /// Asks for it. The question's number.
    pub fn ask(&mut self) -> u32 {
        self.number = self.number.wrapping_add(1);
        self.stage = Stage::Asked;
        self.number
    }

    /// Lets go of it; whatever is still answered comes too late.
    pub fn close(&mut self) {
        self.number = self.number.wrapping_add(1);
        self.stage = Stage::Closed;
    }

    /// It was allowed. Whether it is to be kept; else it has to be let go at once.
    pub fn allowed(&mut self, number: u32) -> bool {
        let waited_for = self.number == number && self.stage == Stage::Asked;
        if waited_for {
            self.stage = Stage::Starting;
        }
        waited_for
    }

    /// It was refused. Whether anybody is to be told.
    pub fn refused(&mut self, number: u32) -> bool {
        self.over(number, self.stage == Stage::Asked)
    }

    /// It ended by itself. Whether anybody is to be told.
    pub fn ended(&mut self, number: u32) -> bool {
        self.over(number, self.is_open())
    }

    /// Something is seen.
    pub fn seen(&mut self) {
        if self.stage == Stage::Starting {
            self.stage = Stage::Live;
        }
    }

    /// Whether its light is on.
    pub fn is_open(self) -> bool {
        matches!(self.stage, Stage::Starting | Stage::Live)
    }

    fn over(&mut self, number: u32, applies: bool) -> bool {
        let counts = self.number == number && applies;
        if counts {
            self.close();
        }
        counts
    }
}

/// Why there is no camera, in a sentence: by the name of the browser's exception (Media Capture and Streams, 10.3), or none
/// where the browser has no cameras for this page.
pub fn refusal(exception: Option<&str>, secure: bool) -> &'static str {
    match exception {
        None if !secure => words::camera_insecure(),
        None => words::camera_unknown(),
        Some("NotFoundError") => words::camera_missing(),
        Some("OverconstrainedError") => words::camera_unfit(),
        Some("NotAllowedError" | "SecurityError") => words::camera_refused(),
        // Also AbortError: it is there, and yet does not start.
        Some(_) => words::camera_in_use(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cancelled_and_asked_again_only_the_second_stream_is_kept() {
        let mut camera = Camera::default();
        let first = camera.ask();
        camera.close();
        let second = camera.ask();
        assert!(!camera.allowed(first));
        assert!(camera.allowed(second));
        assert!(!camera.allowed(second), "answered once");
    }

    #[test]
    fn a_late_refusal_ends_no_camera_that_was_allowed_since() {
        let mut camera = Camera::default();
        let first = camera.ask();
        camera.close();
        let second = camera.ask();
        assert!(camera.allowed(second));
        camera.seen();
        assert!(!camera.refused(first) && !camera.ended(first));
        assert_eq!(camera.stage(), Stage::Live);
        assert!(camera.ended(second));
        assert_eq!((camera.stage(), camera.ended(second)), (Stage::Closed, false));
    }

    #[test]
    fn nothing_is_seen_before_it_is_allowed() {
        let mut camera = Camera::default();
        camera.seen();
        let number = camera.ask();
        camera.seen();
        assert_eq!(camera.stage(), Stage::Asked);
        assert!(camera.allowed(number));
        camera.seen();
        assert_eq!(camera.stage(), Stage::Live);
    }

    #[test]
    fn each_refusal_has_a_sentence_of_its_own() {
        let names = ["NotFoundError", "OverconstrainedError", "NotAllowedError", "NotReadableError"];
        let named = names.iter().map(|name| refusal(Some(name), true));
        let sentences: BTreeSet<_> = named.chain([refusal(None, true), refusal(None, false)]).collect();
        assert_eq!(sentences.len(), 6);
        assert!(sentences.iter().all(|sentence| sentence.contains("choose a picture file")));
    }

    proptest! {
        /// The view keeps the stream that [`Camera::allowed`] says and drops it whenever the camera is not open.
        #[test]
        fn whatever_the_order_one_stream_lives_at_most_and_none_once_it_is_closed(acts in prop::collection::vec(0..6_u8, 0..40)) {
            let (mut camera, mut waiting, mut kept) = (Camera::default(), Vec::new(), None);
            for act in acts {
                match act {
                    0 if camera.stage() == Stage::Closed => waiting.push(camera.ask()),
                    1 => camera.close(),
                    2 if !waiting.is_empty() => {
                        let number = waiting.remove(0);
                        if camera.allowed(number) {
                            prop_assert_eq!(kept.replace(number), None);
                        }
                    }
                    3 => {
                        let _ = waiting.pop().map(|number| camera.refused(number));
                    }
                    4 => camera.seen(),
                    5 => {
                        let _ = kept.map(|number| camera.ended(number));
                    }
                    _ => {}
                }
                if !camera.is_open() {
                    kept = None;
                }
                prop_assert_eq!(camera.is_open(), kept.is_some());
            }
        }
    }
}
