//! What lies over the page: a dialog of the browser's own. As long as it is open nothing else has the focus or is pressed, Escape
//! closes it, and then the browser gives the focus back to what had it.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};

use crate::page::words;

/// The dialog under its `title`, with what stands beside that in the `header`; `first` has the focus, and `closed` hears of the end.
#[component]
pub fn Overlay(
    title: String,
    header: impl IntoView + 'static,
    first: NodeRef<html::Div>,
    closed: Callback<()>,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    dialog.on_load(move |dialog| {
        let _ = dialog.show_modal();
        if let Some(first) = first.get_untracked() {
            let _ = first.focus();
        }
    });
    let heading = title.clone();
    view! {
        <dialog class="overlay" aria-label=title node_ref=dialog on:close=move |_| closed.run(())>
            <header>
                <h2>{heading}</h2>
                {header}
                <button type="button" class="quiet" on:click=|_| close()>{words::close()}</button>
            </header>
            {children()}
        </dialog>
    }
}

/// The dialog that is open.
fn open() -> Option<HtmlDialogElement> {
    document().query_selector("dialog[open]").ok().flatten()?.dyn_into().ok()
}

/// Whether something lies over the page.
pub fn is_open() -> bool {
    open().is_some()
}

/// Closes what lies over the page.
pub fn close() {
    if let Some(dialog) = open() {
        dialog.close();
    }
}

/// Closes it for what was chosen there: the focus goes on to the button that runs it.
pub fn close_for_run() {
    close();
    let run = document().query_selector("button.run").ok().flatten();
    if let Some(run) = run.and_then(|run| run.dyn_into::<HtmlElement>().ok()) {
        let _ = run.focus();
    }
}
