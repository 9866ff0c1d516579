//! What of the page is fetched once it is wanted: views and acts that not every visitor comes to. The build splits the page's
//! program at the functions marked `wasm_split` (`tools/bin/wasm-bindgen`): those with the same mark come into one file, with all
//! that nothing else needs, and whoever calls one waits for that file.

use std::{future::Future, pin::Pin, rc::Rc};

use leptos::{prelude::*, reactive::computed::ScopedFuture, task::spawn_local};
pub use wasm_split_helpers::SplitLoaderError as NotFetched;

use crate::page::{root::Root, words};

/// Asks for a view.
pub type Fetch = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<AnyView, NotFetched>>>>>;

/// Asks for a view by calling a function that is split off.
pub fn fetch<F: Future<Output = Result<AnyView, NotFetched>> + 'static>(call: impl Fn() -> F + 'static) -> Fetch {
    Rc::new(move || Box::pin(call()))
}

/// Does something that is fetched first; where that does not come, the page says so.
pub fn act(root: Root, act: impl Future<Output = Result<(), NotFetched>> + 'static) {
    spawn_local(async move {
        if act.await.is_err() {
            root.notice.set(Some(words::part_not_fetched().into()));
        }
    });
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Unasked,
    Coming,
    There,
}

/// A view that is fetched once it is wanted, and then stays.
#[component]
pub fn Later(
    /// Whether somebody would see it; not any more where it does not come, so that one can ask again.
    wanted: RwSignal<bool>,
    /// Where that is said.
    notice: RwSignal<Option<String>>,
    /// Asks for it.
    fetch: Fetch,
    /// Whether it will lie over the page: until it is there one can take back what one has asked for.
    #[prop(optional)]
    is_over: bool,
    /// Whether it is not seen on the screen, so that nothing is said of its coming.
    #[prop(optional)]
    is_unseen: bool,
) -> impl IntoView {
    let (stage, view) = (RwSignal::new(Stage::Unasked), StoredValue::new_local(None));
    // The view lives as long as this, and not as long as it is wanted.
    let owner = Owner::current().unwrap_or_default();
    Effect::new(move || {
        if !wanted.get() || stage.get_untracked() != Stage::Unasked {
            return;
        }
        stage.set(Stage::Coming);
        let coming = owner.with(|| ScopedFuture::new_untracked(fetch()));
        spawn_local(async move {
            match coming.await {
                Ok(came) => {
                    view.set_value(Some(came));
                    stage.set(Stage::There);
                }
                Err(_) => {
                    stage.set(Stage::Unasked);
                    wanted.set(false);
                    notice.set(Some(words::part_not_fetched().into()));
                }
            }
        });
    });
    let cancel = move || {
        is_over.then(|| view! { <button type="button" on:click=move |_| wanted.set(false)>{words::cancel()}</button> })
    };
    let coming = move || {
        let told = !is_unseen && wanted.get();
        told.then(|| view! { <p class="coming"><span role="status">{words::fetching_part()}</span> {cancel()}</p> })
    };
    move || match stage.get() {
        Stage::There => view.try_update_value(Option::take).flatten(),
        Stage::Coming => Some(coming.into_any()),
        Stage::Unasked => None,
    }
}
