//! What a person takes away: the picture, all pictures on a sheet, the run as an animation, its code, its address.

mod view;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

pub use view::{Buttons, Size};

use crate::{
    page::{
        browser::{
            canvas,
            files::{download, file},
            site,
        },
        root::{
            Root,
            files::{said, save_canvas, save_sheet},
            frames, neurons,
        },
        words,
    },
    picture::Picture,
    spec::{EngineChoice, query},
};

/// An animation has at most so many frames.
const LONGEST_ANIMATION: usize = 120;

/// The name of what is shown, without an ending, and its run as a query.
fn names(root: Root) -> Option<(String, String)> {
    untrack(|| root.with_drawn(|run, entry| (neurons::file_name(run, entry), query::write(run, EngineChoice::Auto))))
}

/// Saves the picture that is chosen as a PNG file, enlarged as it is seen, with its run in it.
pub fn picture(root: Root) {
    let canvas = root.canvases.get(untrack(|| root.chosen_lane())).and_then(|canvas| canvas.get_untracked());
    if let (Some(canvas), Some((name, run))) = (canvas, names(root)) {
        save_canvas(root, &canvas, name, run);
    }
}

/// Saves all pictures shown as one PNG file, with the run that makes them all in it.
pub fn sheet(root: Root) {
    let canvases: Vec<_> = root.canvases.iter().filter_map(|canvas| canvas.get_untracked()).collect();
    let count = untrack(|| root.lanes());
    let run = root.drawn.with_untracked(|run| run.as_ref().map(|run| query::write(run, EngineChoice::Auto)));
    let drawn = |canvas: &HtmlCanvasElement| -> Result<Picture, JsValue> {
        let (width, height) = (canvas.width(), canvas.height());
        let data = canvas::context(canvas)?.get_image_data(0.0, 0.0, f64::from(width), f64::from(height))?;
        Ok(Picture { width, height, rgba: data.data().0, activation: 0.0, top: Vec::new() })
    };
    let pictures: Result<Vec<_>, _> = canvases.iter().take(count).map(drawn).collect();
    if let (Ok(pictures), Some((name, _))) = (pictures, names(root)) {
        save_sheet(root, &pictures, format!("{name}-all"), run.unwrap_or_default());
    }
}

/// Has the engine make an animation of the picture that is chosen, and saves it under the name that it has now.
pub fn animation(root: Root) {
    let frames = frames::kept(root, untrack(|| root.chosen_lane()), LONGEST_ANIMATION);
    let Some((name, _)) = names(root).filter(|_| !frames.is_empty()) else {
        return;
    };
    root.status.set(words::animating().into());
    spawn_local(async move {
        match root.animate(frames).await {
            Ok(gif) => said(root, file(&gif, "image/gif").and_then(|blob| download(&blob, &format!("{name}.gif")))),
            Err(problem) => {
                root.status.set(String::new());
                root.tell(problem);
            }
        }
    });
}

/// Asks the engine for the code that drew what is shown, and saves it, a JSON file.
pub fn code(root: Root) {
    let step = root.reading.with_untracked(|reading| reading.as_ref().map(|reading| reading.step));
    let (Some(step), Some((name, _))) = (step, names(root)) else {
        return;
    };
    let shown = root.run_number();
    spawn_local(async move {
        match root.code(step).await {
            Ok((run, json)) if run == shown => {
                said(root, file(&json, "application/json").and_then(|blob| download(&blob, &format!("{name}.json"))));
            }
            // Another run has begun before the engine came to it.
            Ok(_) => {}
            Err(problem) => root.tell(problem),
        }
    });
}

/// Copies the address, which holds the run; where the browser forbids that, it is shown in `by_hand`.
pub fn copy_link(root: Root, by_hand: RwSignal<Option<String>>) {
    spawn_local(async move {
        let copied = site::copy_address().await;
        by_hand.set((!copied).then(site::address));
        root.status.set(if copied { words::copied() } else { words::not_copied() }.into());
    });
}
