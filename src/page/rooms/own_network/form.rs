//! What is asked of a network that is read, and what it sees then.

use leptos::prelude::*;

use super::{
    room,
    state::{self, Called, OwnNetwork, Seen, Stage},
    taking,
};
use crate::{
    importer::protocol::Way,
    page::{
        browser::files::chosen,
        parts::choice::{Choice, by_name, name_of, named},
        words,
    },
};

/// Values of the list of names that are no classifier's.
const NUMBERS: &str = "";
const FILES_OWN: &str = "/file";
const LIST: &str = "/list";
/// Largest height and width of images that is offered.
const MOST_PIXELS: usize = 4096;

/// All that is asked.
#[component]
pub(super) fn Form(room: OwnNetwork) -> impl IntoView {
    let OwnNetwork { title, found, refusal, made, keeps, stage, .. } = room;
    let is_found = Memo::new(move |_| found.with(Option::is_some));
    let is_busy = move || stage.get() != Stage::Asking;
    let said = move || refusal.with(|refusal| refusal.as_ref().map(|refusal| refusal.said.clone())).unwrap_or_default();
    let about = move || found.with(|found| found.as_ref().map(words::found)).unwrap_or_default();
    // Two bytes a weight, until it is known.
    let planned = move || found.with(|found| found.as_ref().map(|found| 2 * found.parameters)).unwrap_or_default();
    let bytes = move || made.with(|made| made.as_ref().map(|made| made.entry.weights.bytes)).unwrap_or_else(planned);
    view! {
        <div class="form" aria-busy=move || is_busy().to_string()>
            <p class="name" prop:textContent=move || title.get()></p>
            <p prop:textContent=about></p>
            <p class="problem" role="alert" prop:textContent=said></p>
            <div class="settings">
                <Size room />
                <Output room />
                {move || is_found.get().then(|| view! { <Choices room /> })}
            </div>
            {move || is_found.get().then(|| view! { <Check room /> })}
            <label class="check" hidden=move || !is_found.get()>
                <input
                    type="checkbox" prop:checked=move || keeps.get()
                    on:change=move |event| keeps.set(event_target_checked(&event))
                />
                <span prop:textContent=move || words::keep(bytes())></span>
            </label>
            <div class="row">
                <button
                    type="button" hidden=move || !is_found.get() disabled=move || is_busy() || made.with(Option::is_none)
                    on:click=move |_| taking::take(room)
                >{words::look_into_it()}</button>
                <button type="button" class="quiet" on:click=move |_| state::close(room)>{words::cancel()}</button>
            </div>
        </div>
    }
}

/// The images' height and width, where the file leaves them open.
#[component]
fn Size(room: OwnNetwork) -> impl IntoView {
    let OwnNetwork { how, refusal, .. } = room;
    let is_asked = Memo::new(move |_| {
        how.with(|how| how.size.is_some())
            || refusal.with(|refusal| refusal.as_ref().is_some_and(|refusal| refusal.way == Way::Size))
    });
    let text = RwSignal::new(how.with_untracked(|how| how.size).unwrap_or(224).to_string());
    let size = move || text.with(|text| text.trim().parse().ok().filter(|size| (1..=MOST_PIXELS).contains(size)));
    let read = move |_| {
        if let Some(size) = untrack(size) {
            how.update(|how| how.size = Some(size));
            room::read(room);
        }
    };
    move || {
        is_asked.get().then(|| {
            view! {
                <div class="field">
                    <label for="image-size">{words::image_size()}</label>
                    <div class="row">
                        <input
                            id="image-size" type="number" min="1" max=MOST_PIXELS.to_string() prop:value=move || text.get()
                            on:input=move |event| text.set(event_target_value(&event))
                        />
                        <button type="button" disabled=move || size().is_none() on:click=read>{words::read_so()}</button>
                    </div>
                </div>
            }
        })
    }
}

/// Which result is the output, where that has to be said.
#[component]
fn Output(room: OwnNetwork) -> impl IntoView {
    let OwnNetwork { how, refusal, .. } = room;
    let names = Memo::new(move |_| {
        let of_refusal = refusal.with(|refusal| match refusal.as_ref().map(|refusal| &refusal.way) {
            Some(Way::Output(names)) => names.clone(),
            _ => Vec::new(),
        });
        // What was chosen stands there.
        let chosen = how.with(|how| how.output.clone()).filter(|chosen| !of_refusal.contains(chosen));
        chosen.into_iter().chain(of_refusal).collect::<Vec<_>>()
    });
    let options = Signal::derive(move || {
        let none = (String::new(), words::choose_output().to_owned());
        [none].into_iter().chain(names.get().into_iter().map(|name| (name.clone(), name))).collect::<Vec<_>>()
    });
    let choose = move |name: String| {
        how.update(|how| how.output = Some(name).filter(|name| !name.is_empty()));
        room::read(room);
    };
    let current = Signal::derive(move || how.with(|how| how.output.clone()).unwrap_or_default());
    move || {
        names.with(|names| !names.is_empty()).then(|| {
            view! { <Choice id="network-output" label=words::output() options current choose /> }
        })
    }
}

/// What the pixels are, and what the outputs are called.
#[component]
fn Choices(room: OwnNetwork) -> impl IntoView {
    let OwnNetwork { root, how, pixels, called, found, .. } = room;
    let choose_pixels = move |name: String| {
        if let Some(kind) = by_name(words::pixel_kinds(), &name) {
            pixels.set(kind);
            room::make(room);
        }
    };
    let turn = move |event| {
        how.update(|how| how.is_bgr = event_target_checked(&event));
        room::read(room);
    };
    let names = Signal::derive(move || {
        let (units, has_names) =
            found.with(|found| found.as_ref().map(|found| (found.units, found.has_names))).unwrap_or_default();
        let files_own = has_names.then(|| (FILES_OWN.to_owned(), words::as_file_says().to_owned()));
        let alike = room::alike(root, units).into_iter().map(|(name, title)| (name, words::as_in(&title)));
        let list = called.with(|called| match called {
            Called::List(name, _) => Some((LIST.to_owned(), words::shortened(name))),
            _ => None,
        });
        let numbers = (NUMBERS.to_owned(), words::by_number().to_owned());
        files_own.into_iter().chain(alike).chain([numbers]).chain(list).collect::<Vec<_>>()
    });
    let current = Signal::derive(move || match called.get() {
        Called::Numbers => NUMBERS.to_owned(),
        Called::Own => FILES_OWN.to_owned(),
        Called::Like(name) => name,
        Called::List(..) => LIST.to_owned(),
    });
    let choose = move |value: String| {
        called.set(match value.as_str() {
            NUMBERS => Called::Numbers,
            FILES_OWN => Called::Own,
            LIST => return,
            _ => Called::Like(value),
        });
        room::make(room);
    };
    let list = move |event: web_sys::Event| {
        if let Some(file) = chosen(&event) {
            room::take_names(room, file);
        }
    };
    view! {
        <Choice
            id="network-pixels" label=words::pixels() options=named(words::pixel_kinds())
            current=Signal::derive(move || name_of(words::pixel_kinds(), Some(pixels.get()))) choose=choose_pixels
        />
        <Choice id="network-names" label=words::class_names() options=names current choose />
        <label class="check">
            <input type="checkbox" prop:checked=move || how.with(|how| how.is_bgr) on:change=turn />
            {words::blue_first()}
        </label>
        <div class="row wide">
            <label class="button">
                {words::open_list()}
                <input type="file" accept=".txt,.json,.csv,text/plain,application/json" on:change=list />
            </label>
        </div>
    }
}

/// What the network sees in the two pictures that come with the page.
#[component]
fn Check(room: OwnNetwork) -> impl IntoView {
    let OwnNetwork { seen, .. } = room;
    let said = move || match seen.get() {
        Seen::Nothing => String::new(),
        Seen::Later => words::seen_later().to_owned(),
        Seen::Soon => words::seen_soon().to_owned(),
        Seen::Classes(_) => words::what_it_sees().to_owned(),
        Seen::Not(why) => why,
    };
    let pictures = move || {
        let Seen::Classes(seen) = seen.get() else { return Vec::new() };
        let picture = |((name, title), classes): ((&'static str, &'static str), Vec<(String, f32)>)| {
            let class = |(class, probability): (String, f32)| {
                view! {
                    <li>
                        <span prop:textContent=class></span>
                        <span class="number" translate="no" prop:textContent=words::percent(probability)></span>
                    </li>
                }
            };
            view! {
                <figure>
                    <img src=format!("samples/{name}.jpg") alt=title />
                    <ol>{classes.into_iter().map(class).collect_view()}</ol>
                </figure>
            }
        };
        words::samples().into_iter().zip(seen).map(picture).collect()
    };
    view! {
        <p role="status" prop:textContent=said></p>
        <div class="seen">{pictures}</div>
    }
}
