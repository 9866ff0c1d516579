//! The buttons that save, and how large a picture is saved.

use leptos::prelude::*;

use crate::page::{
    parts::choice::Choice,
    root::{ENLARGEMENTS, Root},
    words,
};

/// The picture, what else can be saved, where others' ways to save are the first, and the link.
#[component]
pub fn Buttons(root: Root, children: Children) -> impl IntoView {
    let empty = move || root.reading.with(Option::is_none);
    view! {
        <button type="button" class="save" disabled=empty on:click=move |_| super::picture(root)>{words::save()}</button>
        <Others root children />
        <Link root />
    }
}

/// Copies the address; where the browser forbids that, as in a frame, it stands there selected, to be copied by hand.
#[component]
fn Link(root: Root) -> impl IntoView {
    let by_hand = RwSignal::new(None);
    let field = NodeRef::<leptos::html::Input>::new();
    Effect::new(move || {
        if let Some(field) = field.get() {
            let _ = field.focus();
            field.select();
        }
    });
    let shown = move || {
        by_hand.get().map(|address| {
            view! { <input class="link" type="text" readonly aria-label=words::link() value=address node_ref=field /> }
        })
    };
    view! {
        <button type="button" class="copy" on:click=move |_| super::copy_link(root, by_hand)>{words::copy_link()}</button>
        {shown}
    }
}

/// What can be saved beside the picture. The list closes once something is chosen.
#[component]
fn Others(root: Root, children: Children) -> impl IntoView {
    let empty = move || root.reading.with(Option::is_none);
    let single = move || root.lanes() < 2;
    let details = NodeRef::<leptos::html::Details>::new();
    let close = move |_| {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    view! {
        <details class="saves" node_ref=details>
            <summary>{words::save_more()}</summary>
            <div on:click=close>
                {children()}
                <button type="button" disabled=empty on:click=move |_| super::animation(root)>
                    {words::save_animation()}
                </button>
                <button type="button" disabled=empty on:click=move |_| super::code(root)>{words::save_code()}</button>
                <button type="button" disabled=single on:click=move |_| super::sheet(root)>{words::save_sheet()}</button>
            </div>
        </details>
    }
}

/// How many times as large as it is a picture is saved.
#[component]
pub fn Size(root: Root) -> impl IntoView {
    let options = Signal::stored(ENLARGEMENTS.map(|size| (size.to_string(), words::enlargement(size))).to_vec());
    let current = Signal::derive(move || root.enlargement.get().to_string());
    let choose = move |size: String| {
        if let Ok(size) = size.parse() {
            root.enlargement.set(size);
        }
    };
    view! { <Choice id="saved-size" label=words::saved_size() options current choose /> }
}
