//! The log of a run: its frames on their way from the worker to the screen, and those kept to go back to.
//!
//! The worker may be faster than the screen. So the latest frame waits here, the one before it gives way, and the page draws
//! once for each of the browser's own frames: a slow page shows fewer steps, but never falls behind. The activations are all
//! kept, since the curve wants every one; of pictures those that [`Trail`] keeps, of steps whose codes the engine keeps.

use std::collections::VecDeque;

use crate::{
    engine::{
        protocol::Frame,
        trail::{self, Trail},
    },
    picture::Pixels,
};

/// The speed is the mean over this many steps.
const STEPS_FOR_SPEED: usize = 20;

/// A run so far.
#[derive(Debug, Default)]
pub struct Log {
    kept: Trail<Frame>,
    latest: Option<Frame>,
    activations: Vec<Vec<f32>>,
    milliseconds: VecDeque<f32>,
    due: bool,
    looking_back: Option<u32>,
    reached: u32,
}

/// What is new since the screen was drawn last.
#[derive(Debug)]
pub struct News {
    /// The latest frame.
    pub frame: Frame,
    /// The activations of each picture, step by step.
    pub activations: Vec<Vec<f32>>,
    /// Milliseconds that a step takes.
    pub milliseconds: f32,
    /// Whether somebody looks at an earlier step.
    pub looking_back: bool,
}

impl Log {
    /// Takes a frame; that of the first step begins a new log. Whether the screen is to be drawn, and nobody has been told so yet.
    pub fn take(&mut self, frame: Frame) -> bool {
        if frame.step as usize == frame.before.len() + 1 {
            *self = Self { due: self.due, milliseconds: std::mem::take(&mut self.milliseconds), ..Self::default() };
        }
        self.reached = frame.step;
        let bytes = frame.pictures.iter().map(|picture| picture.rgba.len()).sum();
        self.kept.keep(frame.step, trail::most(bytes), frame.clone());
        self.kept.follow(frame.halved);
        self.activations.resize(frame.pictures.len(), Vec::new());
        let last: Vec<f32> = frame.pictures.iter().map(|picture| picture.activation).collect();
        for step in frame.before.iter().chain([&last]) {
            for (activations, activation) in self.activations.iter_mut().zip(step) {
                activations.push(*activation);
            }
            self.milliseconds.push_back(frame.milliseconds);
        }
        while self.milliseconds.len() > STEPS_FOR_SPEED {
            self.milliseconds.pop_front();
        }
        self.latest = Some(frame);
        !std::mem::replace(&mut self.due, true)
    }

    /// What is to be drawn, if anything is new.
    pub fn news(&mut self) -> Option<News> {
        self.due = false;
        let frame = self.latest.take()?;
        let milliseconds = self.milliseconds.iter().sum::<f32>() / self.milliseconds.len().max(1) as f32;
        let activations = self.activations.clone();
        Some(News { frame, activations, milliseconds, looking_back: self.looking_back.is_some() })
    }

    /// Goes back to a step, or to the nearest before it that is kept; to the latest one, and on with it, if that is asked for. Whoever
    /// goes on by one step comes to the next that is kept.
    pub fn go_to(&mut self, step: u32) -> Option<Frame> {
        let shown = self.looking_back.unwrap_or(self.reached);
        let nearest = self.kept.at(step);
        let goes_on = step == shown + 1 && nearest.is_some_and(|(kept, _)| kept <= shown);
        let (kept, frame) = nearest.filter(|_| !goes_on).or_else(|| self.kept.behind(step))?;
        let frame = frame.clone();
        self.looking_back = Some(kept).filter(|&kept| kept < self.reached);
        Some(frame)
    }

    /// The earlier step that a person looks at, if so.
    pub fn looked_back_to(&self) -> Option<u32> {
        self.looking_back
    }

    /// Pictures of a lane at the steps that are kept, at most so many, the first and the last among them.
    pub fn pictures(&self, lane: usize, most: usize) -> Vec<Pixels> {
        let last = self.kept.kept().len().saturating_sub(1);
        let every = last.div_ceil(most.saturating_sub(1).max(1)).max(1);
        let chosen =
            self.kept.kept().enumerate().filter(|(number, _)| (last - number).is_multiple_of(every) || *number == 0);
        let pixels = |frame: &Frame| {
            let picture = frame.pictures.get(lane)?;
            Some(Pixels { width: picture.width, height: picture.height, rgba: picture.rgba.clone() })
        };
        chosen.filter_map(|(_, frame)| pixels(frame)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Picture;

    /// A frame of so many pictures of 128 × 128, each of which holds its step in its first byte.
    fn frame(step: u32, steps: u32, lanes: usize) -> Frame {
        let mut rgba = vec![0; 128 * 128 * 4];
        rgba[0] = (step % 251) as u8;
        let picture = Picture { width: 128, height: 128, rgba, activation: step as f32, top: Vec::new() };
        let pictures = vec![picture; lanes];
        Frame { run: 1, step, steps, pictures, before: Vec::new(), halved: 0, milliseconds: 10.0, reference: None }
    }

    /// Whether few pictures are kept or few codes, and whether all steps have pictures, the first alone, or some.
    #[test]
    fn the_step_that_is_seen_is_a_step_whose_code_the_engine_keeps() {
        for (most, pace) in [(113, 1), (1000, 1), (40, 1), (1000, 8), (40, 8), (1000, 2), (113, 4)] {
            let (mut log, mut codes) = (Log::default(), Trail::default());
            let (mut last, mut before) = (0, Vec::new());
            for step in 1..=1000 {
                codes.keep(step, most, step);
                if step == 1 || step - last == pace || step == 1000 {
                    let before = std::mem::take(&mut before);
                    log.take(Frame { before, halved: codes.halved(), ..frame(step, 1000, 9) });
                    last = step;
                } else {
                    before.push(vec![step as f32; 9]);
                }
            }
            for step in 1..=1000 {
                let seen = log.go_to(step).unwrap().step;
                assert!(seen.abs_diff(step) <= 64, "{most} {pace}: {seen} for {step}");
                assert_eq!(codes.at(seen), Some((seen, &seen)), "{most} {pace}");
                assert_eq!(log.looked_back_to(), (seen < 1000).then_some(seen));
            }
            let activations = (1..=1000).map(|step| step as f32).collect::<Vec<_>>();
            assert_eq!(log.news().unwrap().activations[8], activations, "{most} {pace}");
        }
    }

    #[test]
    fn a_run_whose_first_picture_is_of_a_later_step_begins_a_new_log() {
        let mut log = Log::default();
        log.take(frame(1, 9, 1));
        log.take(Frame { before: vec![vec![1.0], vec![2.0]], ..frame(3, 9, 1) });
        assert_eq!(log.news().unwrap().activations, [[1.0, 2.0, 3.0]]);
        assert_eq!(log.go_to(2).map(|frame| frame.step), Some(3));
    }

    /// As the arrow keys go.
    #[test]
    fn whoever_goes_on_by_one_step_comes_to_the_next_picture() {
        let mut log = Log::default();
        for step in [1, 9, 17, 25] {
            log.take(frame(step, 25, 1));
        }
        let mut at = log.go_to(1).unwrap().step;
        let mut seen = vec![at];
        while at < 25 {
            at = log.go_to(at + 1).unwrap().step;
            seen.push(at);
        }
        while at > 1 {
            at = log.go_to(at - 1).unwrap().step;
            seen.push(at);
        }
        assert_eq!(seen, [1, 9, 17, 25, 17, 9, 1]);
    }

    #[test]
    fn the_screen_is_told_once_and_sees_the_latest() {
        let mut log = Log::default();
        assert!(log.take(frame(1, 3, 1)));
        assert!(!log.take(frame(2, 3, 1)));
        let news = log.news().unwrap();
        assert_eq!((news.frame.step, news.activations, news.looking_back), (2, vec![vec![1.0, 2.0]], false));
        assert!(log.news().is_none());
        log.go_to(1);
        assert!(log.take(frame(3, 3, 1)));
        assert!(log.news().unwrap().looking_back);
        // The next run begins anew.
        assert!(log.take(frame(1, 3, 1)));
        assert_eq!((log.looked_back_to(), log.news().unwrap().activations), (None, vec![vec![1.0]]));
    }

    #[test]
    fn an_animation_has_the_first_and_the_last_of_what_is_kept() {
        let mut log = Log::default();
        assert!(log.pictures(0, 5).is_empty());
        for step in 1..=20 {
            log.take(frame(step, 20, 2));
        }
        let steps = |most| log.pictures(1, most).iter().map(|pixels| pixels.rgba[0]).collect::<Vec<_>>();
        assert_eq!(steps(100), (1..=20).collect::<Vec<_>>());
        for most in 2..20 {
            let steps = steps(most);
            assert!(steps.len() <= most && steps.starts_with(&[1]) && steps.ends_with(&[20]), "{most}: {steps:?}");
        }
        assert!(log.pictures(2, 5).is_empty());
    }
}
