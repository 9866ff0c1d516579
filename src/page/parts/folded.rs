//! What a person opens and closes, fetched when it is first open.

use leptos::{ev::DragEvent, html, prelude::*};

use super::{
    is_open,
    later::{Fetch, Later},
};
use crate::page::browser::dropped::{self, Dropped};

/// What is under a title; `fetch` asks for it.
#[component]
pub fn Folded(
    class: &'static str,
    title: &'static str,
    open: RwSignal<bool>,
    /// Where it is said that it does not come.
    notice: RwSignal<Option<String>>,
    fetch: Fetch,
    /// What opens and closes, to be scrolled to.
    #[prop(optional)]
    part: NodeRef<html::Details>,
    /// Takes what is dropped here; without it that is dropped onto the page.
    #[prop(optional)]
    take: Option<Callback<Vec<Dropped>>>,
) -> impl IntoView {
    let over = RwSignal::new(false);
    let drop = move |event: DragEvent| {
        let Some(take) = take else { return };
        event.prevent_default();
        event.stop_propagation();
        over.set(false);
        let dropped = dropped::of(&event);
        if !dropped.is_empty() {
            take.run(dropped);
        }
    };
    view! {
        <details
            node_ref=part class=class class:over=over
            prop:open=move || open.get() on:toggle=move |event| open.set(is_open(&event))
            on:dragover=move |_| over.set(take.is_some()) on:dragleave=move |_| over.set(false) on:drop=drop
        >
            <summary>{title}</summary>
            <Later wanted=open notice fetch />
        </details>
    }
}
