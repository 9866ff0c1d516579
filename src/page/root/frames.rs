//! Frames on the screen: the latest of the run, or the step that a person goes back to.

use leptos::prelude::*;

use super::state::{Lane, Reading, Root};
use crate::{
    engine::protocol::Frame,
    page::browser::canvas,
    picture::{Picture, Pixels},
};

/// Takes a frame from the worker, to be drawn when the browser draws.
pub fn offer(root: Root, frame: Frame) {
    let due = root.inner.try_update_value(|inner| frame.run == inner.number && inner.log.take(frame));
    if due == Some(true) {
        request_animation_frame(move || show(root));
    }
}

/// Goes back to a step of the run shown; to the latest one, and on with it, if that is asked for.
pub fn go_to(root: Root, step: u32) {
    if let Some(Some(frame)) = root.inner.try_update_value(|inner| inner.log.go_to(step)) {
        present(root, frame);
    }
}

/// Draws the latest frame's pictures, if there is one that has not been drawn and nobody looks at an earlier one.
pub fn show(root: Root) {
    let news = root.inner.try_update_value(|inner| inner.log.news().map(|news| (news, inner.current.clone())));
    let Some(Some((news, run))) = news else {
        return;
    };
    // The same run again is no news.
    if root.drawn.with_untracked(|drawn| drawn != &run) {
        root.drawn.set(run);
    }
    root.reached.set(news.frame.step);
    if !news.looking_back {
        present(root, news.frame);
    }
    root.activations.set(news.activations);
    root.steps_per_second.set((news.milliseconds > 0.0).then(|| 1000.0 / news.milliseconds));
}

/// Draws a frame's pictures and shows its numbers.
fn present(root: Root, frame: Frame) {
    let drawn = frame.pictures.iter().zip(&root.canvases).map(|(picture, canvas)| match canvas.get_untracked() {
        Some(canvas) => canvas::draw(&canvas, picture),
        None => Ok(()),
    });
    if drawn.collect::<Result<(), _>>().is_err() {
        return;
    }
    let Frame { step, steps, reference, pictures, .. } = frame;
    let lane = |Picture { activation, top, .. }: Picture| Lane { activation, top };
    let lanes = pictures.into_iter().map(lane).collect();
    root.reading.set(Some(Reading { step, steps, reference, lanes }));
}

/// Pictures of a lane at the steps that are kept, at most so many, the first and the last among them.
pub fn kept(root: Root, lane: usize, most: usize) -> Vec<Pixels> {
    root.inner.with_value(|inner| inner.log.pictures(lane, most))
}
