//! A picture of the visitor's to start from: chosen as a file, dropped, pasted, or taken with the camera.

mod view;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlVideoElement, MediaStream, MediaStreamConstraints, MediaStreamTrack};

pub use view::Chooser;

use crate::{
    engine::protocol::{Answer, Question},
    page::{
        browser::{canvas, site},
        root::{Lacking, Phase, Problem, Root, StartImage, run},
        words,
    },
    picture::{Picture, Pixels},
    spec::{Prior, RunSpec, Start},
};

/// The room's own state.
#[derive(Debug, Clone, Copy)]
pub struct OwnImage {
    root: Root,
    /// Number of the last question about the picture.
    looking: StoredValue<u32>,
    /// The picture and what the generator draws from its code, once the engine has looked, and the units that it has looked
    /// for; else nothing.
    looked: RwSignal<Option<Looked>>,
}

/// What the engine makes of the picture.
#[derive(Debug, Clone, PartialEq)]
struct Looked {
    /// What it was looked for, by name.
    neuron: String,
    /// The picture itself, and what the generator draws from its code.
    pictures: Vec<Picture>,
}

impl OwnImage {
    /// Asks whenever there is somebody to ask, or something else to ask about; brings the picture that a run lacks.
    pub fn new(root: Root) -> Self {
        let room = Self { root, looking: StoredValue::new(0), looked: RwSignal::new(None) };
        Effect::new(move || {
            let _ = (root.ready.get(), root.units.get(), root.image.get(), root.classifier.get());
            look(room);
        });
        Effect::new(move || {
            if let Some(Lacking::Picture(name)) = root.lacking.get() {
                bring(root, name);
            }
        });
        room
    }
}

/// Takes a picture file to start from.
pub fn choose(root: Root, file: Blob) {
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    spawn_local(async move {
        match canvas::of_file(&file, pack.image).await {
            Ok(image) => take(root, image, None),
            Err(_) => root.notice.set(Some(words::NOT_A_PICTURE.into())),
        }
    });
}

/// Takes a picture that comes with the page.
pub fn choose_sample(root: Root, name: String) {
    fetch(root, name, false);
}

/// A run is to start from a picture, and none is chosen: fetches the one that is named and runs it, or asks for one.
fn bring(root: Root, name: Option<String>) {
    if let Some(name) = name {
        return fetch(root, name, true);
    }
    root.more.set(true);
    root.phase.set(Phase::Idle);
    root.status.set(words::NO_PICTURE_CHOSEN.into());
    root.notice.set(Some(words::CHOOSE_A_PICTURE.into()));
}

fn fetch(root: Root, name: String, runs: bool) {
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    spawn_local(async move {
        let image = match site::sample(&name).await {
            Ok(file) => canvas::of_file(&file, pack.image).await.map_err(|_| words::NOT_A_PICTURE.to_owned()),
            Err(message) => Err(message),
        };
        match image {
            Ok(image) => take(root, image, Some(name)),
            Err(message) if runs => return run::fail(root, message),
            Err(message) => return root.notice.set(Some(message)),
        }
        if runs {
            run::run(root);
        }
    });
}

/// Takes a picture to start from.
fn take(root: Root, pixels: Pixels, name: Option<String>) {
    root.image.set(Some(StartImage { name, pixels }));
    root.change_settings(|settings| settings.run.start = Start::Image);
    root.more.set(true);
    root.status.set(words::PICTURE_CHOSEN.into());
}

/// Asks the engine what it makes of the picture: the picture itself and what the generator draws from its code, both as the
/// classifier sees them. An engine that is not there yet is asked once it is.
fn look(room: OwnImage) {
    let OwnImage { root, looking, looked } = room;
    looked.set(None);
    let number = looking.get_value().wrapping_add(1);
    looking.set_value(number);
    let (Some(pack), Some(image)) = (root.pack.get_untracked(), root.image.get_untracked()) else {
        return;
    };
    let units = root.units.get_untracked();
    let Some(unit) = units.first().filter(|_| run::is_loaded(root)) else {
        return;
    };
    let classifier = root.classifier.get_untracked();
    let own = RunSpec::with_defaults(&*pack, unit.clone());
    let compare = vec![Prior::NONE.into()];
    let spec = RunSpec { classifier, units, start: Start::Image, steps: 1, compare, ..own };
    let neuron = untrack(|| root.picked_title());
    spawn_local(async move {
        let answer = root.ask(Question::Look { spec, image: Some(image.pixels) }).await;
        // Only the last question counts.
        if looking.get_value() != number {
            return;
        }
        match answer {
            Ok(Answer::Looked(pictures)) => looked.set(Some(Looked { neuron, pictures })),
            Err(problem @ Problem::Refused(_)) => root.tell(problem),
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
pub fn shoot(root: Root, video: HtmlVideoElement) {
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    spawn_local(async move {
        let image = canvas::of_video(&video, pack.image).await;
        close_camera(&video);
        match image {
            Ok(image) => take(root, image, None),
            Err(_) => root.notice.set(Some(words::NO_CAMERA.into())),
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
