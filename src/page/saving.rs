//! Files that a person takes away: the picture, all pictures on a sheet, the run as an animation, its code.

use js_sys::Uint8Array;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, HtmlCanvasElement, Url};

use super::{
    asking::{ask, tell},
    frames, neurons, pixels,
    state::State,
    words,
};
use crate::{
    engine::protocol::{Answer, Question},
    picture::Picture,
    spec::{EngineChoice, query},
    stamp,
};

/// How many times as wide and high as it is a picture can be saved.
pub const ENLARGEMENTS: [u32; 3] = [1, 2, 4];
/// An animation has at most so many frames.
const LONGEST_ANIMATION: usize = 120;

/// The name of what is shown, without an ending, and its run as a query.
fn names(state: State) -> Option<(String, String)> {
    untrack(|| state.with_drawn(|run, entry| (neurons::file_name(run, entry), query::write(run, EngineChoice::Auto))))
}

/// Saves the picture that is chosen as a PNG file, enlarged as it is seen, with its run in it.
pub fn picture(state: State) {
    let canvas = state.canvases.get(untrack(|| state.chosen_lane())).and_then(|canvas| canvas.get_untracked());
    if let (Some(canvas), Some((name, run))) = (canvas, names(state)) {
        png(state, &canvas, name, run);
    }
}

/// Saves all pictures shown as one PNG file, with the run that makes them all in it.
pub fn sheet(state: State) {
    let canvases: Vec<_> = state.canvases.iter().filter_map(|canvas| canvas.get_untracked()).collect();
    let count = untrack(|| state.lanes());
    let run = state.drawn.with_untracked(|run| run.as_ref().map(|run| query::write(run, EngineChoice::Auto)));
    let drawn = |canvas: &HtmlCanvasElement| -> Result<Picture, JsValue> {
        let (width, height) = (canvas.width(), canvas.height());
        let data = pixels::context(canvas)?.get_image_data(0.0, 0.0, f64::from(width), f64::from(height))?;
        Ok(Picture { width, height, rgba: data.data().0, activation: 0.0, top: Vec::new() })
    };
    let pictures: Result<Vec<_>, _> = canvases.iter().take(count).map(drawn).collect();
    if let (Ok(pictures), Some((name, _))) = (pictures, names(state)) {
        of_pictures(state, &pictures, format!("{name}-all"), run.unwrap_or_default());
    }
}

/// Saves pictures as one PNG file, about as many to a row as there are rows; smaller ones are enlarged to the largest.
pub fn of_pictures(state: State, pictures: &[Picture], name: String, run: String) {
    let side = |side: fn(&Picture) -> u32| pictures.iter().map(side).max();
    let (Some(width), Some(height)) = (side(|picture| picture.width), side(|picture| picture.height)) else {
        return;
    };
    let count = pictures.len();
    let columns = (1..=count).find(|columns| columns * columns >= count).unwrap_or(1);
    let rows = count.div_ceil(columns);
    let size = [width, height];
    let drawn = || -> Result<HtmlCanvasElement, JsValue> {
        let canvas = pixels::canvas(size[0] * columns as u32, size[1] * rows as u32)?;
        for (number, picture) in pictures.iter().enumerate() {
            let place = [number % columns, number / columns];
            let corner = [place[0] as u32 * size[0], place[1] as u32 * size[1]];
            let own = pixels::canvas(picture.width, picture.height)?;
            pixels::put(&own, [0, 0], [picture.width, picture.height], &picture.rgba)?;
            let [x, y, w, h] = [corner[0], corner[1], width, height].map(f64::from);
            let context = pixels::context(&canvas)?;
            context.set_image_smoothing_enabled(!state.exact.get_untracked());
            context.draw_image_with_html_canvas_element_and_dw_and_dh(&own, x, y, w, h)?;
        }
        Ok(canvas)
    };
    match drawn() {
        Ok(canvas) => png(state, &canvas, name, run),
        Err(_) => state.notice.set(Some(words::NOT_SAVED.into())),
    }
}

/// Longest side of a saved picture, in pixels: some browsers make no larger canvas.
const LONGEST_SIDE: u32 = 8192;

/// Saves a canvas as a PNG file, enlarged as pictures are seen, with a run in it.
fn png(state: State, canvas: &HtmlCanvasElement, name: String, run: String) {
    let most = LONGEST_SIDE / canvas.width().max(canvas.height()).max(1);
    let factor = state.enlargement.get_untracked().clamp(1, most.max(1));
    let done = move |blob: Option<Blob>| {
        spawn_local(async move {
            let stamped = match blob {
                Some(blob) => stamped(&blob, &run).await,
                None => Err(JsValue::NULL),
            };
            said(state, stamped.and_then(|blob| download(&blob, &format!("{name}.png"))));
        });
    };
    let done = Closure::once_into_js(done);
    let enlarged = || {
        let large = pixels::canvas(1, 1)?;
        pixels::enlarge(canvas, &large, factor, !state.exact.get_untracked()).map(|()| large)
    };
    if enlarged().and_then(|large| large.to_blob(done.unchecked_ref())).is_err() {
        state.notice.set(Some(words::NOT_SAVED.into()));
    }
}

fn said(state: State, saved: Result<(), JsValue>) {
    match saved {
        Ok(()) => state.status.set(words::SAVED.into()),
        Err(_) => state.notice.set(Some(words::NOT_SAVED.into())),
    }
}

/// A PNG file with the description of its run in it.
async fn stamped(blob: &Blob, run: &str) -> Result<Blob, JsValue> {
    let bytes = Uint8Array::new(&JsFuture::from(blob.array_buffer()).await?).to_vec();
    file(&stamp::write(bytes, run), "image/png")
}

fn file(bytes: &[u8], kind: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_u8_array_sequence_and_options(&js_sys::Array::of1(&Uint8Array::from(bytes)), &options)
}

/// Has the engine make an animation of the picture that is chosen, and saves it under the name that it has now.
pub fn animation(state: State) {
    let frames = frames::kept(state, untrack(|| state.chosen_lane()), LONGEST_ANIMATION);
    let Some((name, _)) = names(state).filter(|_| !frames.is_empty()) else {
        return;
    };
    state.status.set(words::ANIMATING.into());
    spawn_local(async move {
        match ask(state, Question::Animate { frames }).await {
            Ok(Answer::Animated(gif)) => {
                said(state, file(&gif, "image/gif").and_then(|blob| download(&blob, &format!("{name}.gif"))));
            }
            Ok(_) => {}
            Err(problem) => {
                state.status.set(String::new());
                tell(state, problem);
            }
        }
    });
}

/// Asks the engine for the code that drew what is shown, and saves it, a JSON file.
pub fn code(state: State) {
    let step = state.reading.with_untracked(|reading| reading.as_ref().map(|reading| reading.step));
    let (Some(step), Some((name, _))) = (step, names(state)) else {
        return;
    };
    let shown = state.inner.with_value(|inner| inner.number);
    spawn_local(async move {
        match ask(state, Question::Code { step }).await {
            Ok(Answer::Code { run, json }) if run == shown => {
                said(state, file(&json, "application/json").and_then(|blob| download(&blob, &format!("{name}.json"))));
            }
            // Another run has begun before the engine came to it.
            Ok(_) => {}
            Err(problem) => tell(state, problem),
        }
    });
}

fn download(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser reads the file after the click; there is no event that says when it has.
    set_timeout(move || drop(Url::revoke_object_url(&address)), std::time::Duration::from_secs(60));
    Ok(())
}
