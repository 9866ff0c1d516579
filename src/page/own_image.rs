//! A picture of the visitor's to start from: chosen as a file, dropped, pasted, or taken with the camera.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlVideoElement, MediaStream, MediaStreamConstraints, MediaStreamTrack};

use super::{
    actions,
    asking::{self, Problem},
    pixels, site,
    state::{Phase, State},
    words,
};
use crate::{
    engine::protocol::{Answer, Question},
    picture::Pixels,
    spec::{Prior, RunSpec, Start},
};

/// Takes a picture file to start from.
pub fn choose(state: State, file: Blob) {
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    spawn_local(async move {
        match pixels::of_file(&file, pack.image).await {
            Ok(image) => take(state, image, None),
            Err(_) => state.notice.set(Some(words::NOT_A_PICTURE.into())),
        }
    });
}

/// A picture to start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnImage {
    /// Its name, if it comes with the page.
    pub name: Option<String>,
    /// The picture at the size of the pack's images.
    pub pixels: Pixels,
}

/// Takes a picture that comes with the page.
pub fn choose_sample(state: State, name: String) {
    fetch(state, name, false);
}

/// A run is to start from a picture, and none is chosen: fetches the one that is named and runs it, or asks for one.
pub fn ask(state: State, name: Option<String>) {
    if let Some(name) = name {
        return fetch(state, name, true);
    }
    state.more.set(true);
    state.phase.set(Phase::Idle);
    state.status.set(words::NO_PICTURE_CHOSEN.into());
    state.notice.set(Some(words::CHOOSE_A_PICTURE.into()));
}

fn fetch(state: State, name: String, runs: bool) {
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    spawn_local(async move {
        let image = match site::sample(&name).await {
            Ok(file) => pixels::of_file(&file, pack.image).await.map_err(|_| words::NOT_A_PICTURE.to_owned()),
            Err(message) => Err(message),
        };
        match image {
            Ok(image) => take(state, image, Some(name)),
            Err(message) if runs => return actions::fail(state, message),
            Err(message) => return state.notice.set(Some(message)),
        }
        if runs {
            actions::run(state);
        }
    });
}

/// Takes a picture to start from, and shows what the generator makes of its code.
fn take(state: State, pixels: Pixels, name: Option<String>) {
    state.image.set(Some(OwnImage { name, pixels }));
    state.settings.update(|settings| {
        if let Some(settings) = settings {
            settings.start = Start::Image;
        }
    });
    state.more.set(true);
    state.status.set(words::PICTURE_CHOSEN.into());
    look(state);
}

/// Asks the engine what it makes of the picture: the picture itself and what the generator draws from its code, both as the
/// classifier sees them.
pub fn look(state: State) {
    state.looked.set(Vec::new());
    let (Some(pack), Some(image)) = (state.pack.get_untracked(), state.image.get_untracked()) else {
        return;
    };
    let units = state.units.get_untracked();
    let Some(unit) = units.first() else {
        return;
    };
    let classifier = state.classifier.get_untracked();
    let own = RunSpec::with_defaults(&*pack, unit.clone());
    let compare = vec![Prior::NONE.into()];
    let spec = RunSpec { classifier, units, start: Start::Image, steps: 1, compare, ..own };
    // An engine that is not there yet is asked once it is.
    if !actions::is_loaded(state) {
        return;
    }
    let number = asking::next_number(state);
    state.looking.set(number);
    spawn_local(async move {
        let answer = asking::ask(state, Question::Look { spec, image: Some(image.pixels) }).await;
        // Only the last question counts.
        if state.looking.get_untracked() != number {
            return;
        }
        match answer {
            Ok(Answer::Looked(pictures)) => state.looked.set(pictures),
            Err(problem @ Problem::Refused(_)) => asking::tell(state, problem),
            // The next worker is asked once it is there.
            Ok(_) | Err(Problem::Nobody | Problem::Ended) => {}
        }
    });
}

/// Lets a camera's picture appear in a video element.
///
/// # Errors
/// What the browser says: that there is no camera, or that it may not be used.
pub async fn open_camera(video: &HtmlVideoElement) -> Result<(), JsValue> {
    let constraints = MediaStreamConstraints::new();
    constraints.set_video(&JsValue::TRUE);
    let stream = window().navigator().media_devices()?.get_user_media_with_constraints(&constraints)?;
    let stream: MediaStream = JsFuture::from(stream).await?.dyn_into()?;
    video.set_src_object(Some(&stream));
    JsFuture::from(video.play()?).await.map(drop)
}

/// Takes what the camera shows, and closes it.
pub fn shoot(state: State, video: HtmlVideoElement) {
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    spawn_local(async move {
        let image = pixels::of_video(&video, pack.image).await;
        close_camera(&video);
        match image {
            Ok(image) => take(state, image, None),
            Err(_) => state.notice.set(Some(words::NO_CAMERA.into())),
        }
    });
}

/// Lets go of the camera.
pub fn close_camera(video: &HtmlVideoElement) {
    if let Some(stream) = video.src_object() {
        for track in stream.get_tracks() {
            track.unchecked_into::<MediaStreamTrack>().stop();
        }
    }
    video.set_src_object(None);
}
