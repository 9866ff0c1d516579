//! A picture of the visitor's to start from, beside what the generator makes of its code.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;
use web_sys::MediaStream;

use super::{
    camera::{self, Stage},
    room::{self, OwnImage},
};
use crate::{
    page::{
        browser::{camera as device, canvas, files::chosen},
        words,
    },
    picture::Pixels,
    spec::Start,
};

/// The ways to a picture, and the two pictures; nothing where a run starts from something else.
#[component]
pub fn Chooser(room: OwnImage) -> impl IntoView {
    let root = room.root;
    let wanted =
        Memo::new(move |_| root.with_settings(|settings| settings.run.start == Start::Image).unwrap_or_default());
    move || wanted.get().then(|| view! { <Chosen room /> })
}

#[component]
fn Chosen(room: OwnImage) -> impl IntoView {
    let OwnImage { root, looked, .. } = room;
    let (own, drawn) = (NodeRef::<html::Canvas>::new(), NodeRef::<html::Canvas>::new());
    let choose = move |event: web_sys::Event| {
        if let Some(file) = chosen(&event) {
            room::choose(room, file);
        }
    };
    Effect::new(move || {
        if let (Some(image), Some(canvas)) = (root.image.get(), own.get()) {
            let Pixels { width, height, rgba } = image.pixels;
            canvas.set_width(width);
            canvas.set_height(height);
            // A canvas that cannot be drawn on stays empty.
            let _ = canvas::put(&canvas, [0, 0], [width, height], &rgba);
        }
    });
    let picture = move |place: usize| {
        looked.with(|looked| looked.as_ref().and_then(|looked| looked.pictures.get(place).cloned()))
    };
    Effect::new(move || {
        if let (Some(picture), Some(canvas)) = (picture(1), drawn.get()) {
            let _ = canvas::draw(&canvas, &picture);
        }
    });
    // What the classifier sees in each.
    let seen = move |place: usize| {
        let top = picture(place)?.top.first().copied()?;
        let name = root.with_entry(|entry| entry.classes.get(top.class as usize).map(words::class));
        name.flatten().map(|name| words::guess(&name, top.probability))
    };
    let excites = move |place: usize| {
        let neuron = looked.with(|looked| looked.as_ref().map(|looked| looked.neuron.clone()))?;
        Some(words::excites(&neuron, picture(place)?.activation))
    };
    let caption = move |title: &'static str, place: usize| {
        view! {
            <figcaption>
                {title}
                <br/><span prop:textContent=move || seen(place).unwrap_or_default()></span>
                <br/><span prop:textContent=move || excites(place).unwrap_or_default()></span>
            </figcaption>
        }
    };
    let none = move || root.image.with(Option::is_none);
    view! {
        <div class="field wide own-image">
            <p>{words::stays_here()}</p>
            <div class="row">
                <label class="button">
                    {words::open_picture()}
                    <input type="file" accept="image/*" on:change=choose />
                </label>
                <Camera room />
                {words::samples().map(|(name, title)| view! {
                    <button type="button" on:click=move |_| room::choose_sample(room, name)>
                        {title}
                    </button>
                })}
            </div>
            <div class="pair" hidden=none>
                <figure>
                    <canvas node_ref=own role="img" aria-label=words::my_picture() width="64" height="64"></canvas>
                    {caption(words::my_picture(), 0)}
                </figure>
                <figure>
                    <canvas node_ref=drawn role="img" aria-label=words::its_code() width="64" height="64"></canvas>
                    {caption(words::its_code(), 1)}
                </figure>
            </div>
        </div>
    }
}

/// The camera's picture, once it is opened, and the button that takes it. Its stream ends with this.
#[component]
fn Camera(room: OwnImage) -> impl IntoView {
    let camera = RwSignal::new(camera::Camera::default());
    let stream = StoredValue::new_local(None::<MediaStream>);
    let video = NodeRef::<html::Video>::new();
    let stage = Memo::new(move |_| camera.with(|camera| camera.stage()));
    // An answer may come when all this is gone from the page.
    let close = move || {
        camera.try_update(camera::Camera::close);
        if let Some(stream) = stream.try_update_value(Option::take).flatten() {
            device::close(&stream);
        }
        if let Some(video) = video.try_get_untracked().flatten() {
            video.set_src_object(None);
        }
    };
    let keep = move |number: u32, allowed: MediaStream| {
        let kept = camera.try_update(|camera| camera.allowed(number)).unwrap_or_default();
        let video = video.try_get_untracked().flatten();
        let (true, Some(video)) = (kept, video) else {
            return device::close(&allowed);
        };
        room.alert.take_back();
        device::on_end(&allowed, move || {
            if camera.try_update(|camera| camera.ended(number)) == Some(true) {
                close();
                room.alert.say(words::camera_ended().into());
            }
        });
        video.set_src_object(Some(&allowed));
        stream.set_value(Some(allowed));
        if let Ok(playing) = video.play() {
            // Where it does not play, nothing is ever seen.
            spawn_local(async move { drop(JsFuture::from(playing).await) });
        }
    };
    let hide = move || {
        if document().hidden() && camera.try_get_untracked().is_some_and(camera::Camera::is_open) {
            close();
            room.alert.say(words::camera_unseen().into());
        }
    };
    let begin = move |_| {
        let number = camera.try_update(camera::Camera::ask).unwrap_or_default();
        spawn_local(async move {
            match device::open().await {
                Ok(allowed) => {
                    keep(number, allowed);
                    hide();
                }
                Err(exception) => {
                    if camera.try_update(|camera| camera.refused(number)) == Some(true) {
                        let why = camera::refusal(exception.as_deref(), window().is_secure_context());
                        room.alert.say(why.into());
                    }
                }
            }
        });
    };
    let seen = move |_| camera.update(camera::Camera::seen);
    let shoot = move |_| {
        if let (Stage::Live, Some(video)) = (stage.get_untracked(), video.get_untracked()) {
            room::shoot(room, &video);
            close();
        }
    };
    let hidden = window_event_listener_untyped("visibilitychange", move |_| hide());
    let left = window_event_listener_untyped("pagehide", move |_| close());
    on_cleanup(move || {
        hidden.remove();
        left.remove();
        close();
    });
    // What lies around it may be folded.
    Effect::new(move || {
        if !room.root.more.get() {
            close();
        }
    });
    let closed = move || stage.get() == Stage::Closed;
    let said = move || match stage.get() {
        Stage::Asked => words::camera_asked(),
        Stage::Starting => words::camera_starts(),
        Stage::Closed | Stage::Live => "",
    };
    view! {
        <button type="button" hidden=move || !closed() on:click=begin>{words::camera()}</button>
        <div class="camera" hidden=closed>
            <video node_ref=video playsinline muted on:loadeddata=seen></video>
            <p role="status" prop:textContent=said></p>
            <button type="button" disabled=move || stage.get() != Stage::Live on:click=shoot>{words::shoot()}</button>
            <button type="button" class="quiet" on:click=move |_| close()>{words::cancel()}</button>
        </div>
    }
}
