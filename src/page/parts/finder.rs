//! The neurons: a field that searches them, and the list of those found.
//!
//! The focus stays in the field while the arrow keys walk through the list (`aria-activedescendant`); the list can be
//! focused by itself as well, and knows the same keys.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use crate::{
    pack::manifest::{Class, ClassifierEntry},
    page::{
        browser::site,
        root::{Root, neurons, picking, run},
        words,
    },
};

/// What Page Up and Page Down skip.
const PAGE: usize = 8;
/// What stands between the names of a branch's path in the list of branches; no name holds it.
const WITHIN: &str = "/";

/// The finder's own root.
#[derive(Clone, Copy)]
struct Search {
    root: Root,
    text: RwSignal<String>,
    /// Place in what is found of the neuron that Enter would pick.
    place: RwSignal<usize>,
    /// Whether the list lies over the page; only where the screen is too small to show it always.
    open: RwSignal<bool>,
    /// The branch that is looked through, by its whole path; all where it is empty.
    branch: RwSignal<Vec<String>>,
    listing: Memo<Vec<Class>>,
    found: Memo<Vec<usize>>,
    /// The neuron at that place.
    active: Memo<Option<usize>>,
}

/// The field and the list; `layer` stands behind the list of layers.
#[component]
pub fn Finder(root: Root, layer: impl IntoView + 'static) -> impl IntoView {
    let search = Search::new(root);
    let field = NodeRef::<leptos::html::Input>::new();
    let wrapper = NodeRef::<leptos::html::Div>::new();
    let hint = move || {
        let title = root.picked_title();
        if title.is_empty() { words::search().to_owned() } else { title }
    };
    let typed = move |event| {
        search.text.set(event_target_value(&event));
        search.begin();
        search.open.set(true);
    };
    let left = move |event: ev::FocusEvent| {
        let to: Option<Node> = event.related_target().and_then(|target| target.dyn_into().ok());
        if !wrapper.get_untracked().is_some_and(|wrapper| wrapper.contains(to.as_ref())) {
            search.open.set(false);
        }
    };
    let keep_focus = move |event: ev::MouseEvent| {
        let on: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        if on.is_none_or(|on| on.tag_name() != "SELECT") {
            event.prevent_default();
        }
    };
    let choose = move |index| {
        search.choose(index);
        if let (true, Some(field)) = (site::is_touched(), field.get_untracked()) {
            let _ = field.blur();
        }
    };
    view! {
        <div class="finder" class:open=move || search.open.get() node_ref=wrapper on:focusout=left>
            <label for="search">{words::neuron()}</label>
            <div class="layers">
                <Layers root id="layer" />
                {layer}
            </div>
            <input
                id="search" type="search" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="go"
                node_ref=field
                placeholder=hint
                aria-controls="neurons"
                aria-activedescendant=move || search.active.get().map(id)
                prop:value=move || search.text.get()
                on:input=typed
                on:focus=move |_| search.open.set(true)
                on:click=move |_| search.open.set(true)
                on:keydown=move |event| search.key(&event, true)
            />
            // A press on the list must not take the focus from the field, or the list would close before the click.
            // The list of kinds needs its press itself.
            <div class="list" on:mousedown=keep_focus>
                <Branches search />
                <ul
                    id="neurons" role="listbox" tabindex="0" aria-label=words::neurons()
                    aria-activedescendant=move || search.active.get().map(id)
                    on:keydown=move |event| search.key(&event, false)
                >
                    <For
                        each=move || search.listed()
                        key=|(index, name, id)| (*index, name.clone(), id.clone())
                        children=move |(index, name, class_id)| view! {
                            <li
                                role="option" id=id(index)
                                aria-selected=move || (root.picked() == Some(index)).to_string()
                                class:active=move || search.active.get() == Some(index)
                                on:click=move |_| choose(index)
                            >
                                <span>{name}</span> <small translate="no">{class_id}</small>
                            </li>
                        }
                    />
                </ul>
                <p
                    class="none" role="status"
                    prop:textContent=move || if search.is_vain() { words::no_such_neuron() } else { "" }
                ></p>
            </div>
        </div>
    }
}

/// Which branch is looked through; nothing where classes have none.
#[component]
fn Branches(search: Search) -> impl IntoView {
    let branches = Memo::new(move |_| search.listing.with(|listing| neurons::branches(listing)));
    let option = move |(path, count): (Vec<String>, usize)| {
        let name = path.last().cloned().unwrap_or_default();
        let (value, shown) = (path.join(WITHIN), words::branch(&words::kind(&name), path.len(), count));
        view! {
            <option
                value=value prop:selected=move || search.branch.with(|chosen| *chosen == path) prop:textContent=shown
            ></option>
        }
    };
    let choose = move |event| {
        let value = event_target_value(&event);
        let chosen = |branches: &Vec<(Vec<String>, usize)>| {
            branches.iter().map(|(path, _)| path).find(|path| path.join(WITHIN) == value).cloned()
        };
        search.branch.set(branches.with_untracked(chosen).unwrap_or_default());
        search.begin();
        search.open.set(true);
    };
    move || {
        branches.with(|branches| branches.len() > 1).then(|| {
            view! {
                <select id="branch" class="branches" aria-label=words::branch_label() on:change=choose>
                    <option value="" prop:selected=move || search.branch.with(Vec::is_empty)>{words::all_kinds()}</option>
                    {branches.get().into_iter().map(option).collect_view()}
                </select>
            }
        })
    }
}

/// Which layer's units are listed.
#[component]
pub fn Layers(root: Root, id: &'static str) -> impl IntoView {
    let layers = Memo::new(move |_| {
        let layers = |entry: &ClassifierEntry| -> Vec<(String, String)> {
            entry.layers.iter().rev().map(|layer| (layer.name.clone(), words::layer(layer))).collect()
        };
        root.with_entry(layers).unwrap_or_default()
    });
    let option = move |(name, title): (String, String)| {
        let value = name.clone();
        view! {
            <option
                value=value prop:selected=move || root.layer.with(|chosen| *chosen == name) prop:textContent=title
            ></option>
        }
    };
    view! {
        <select
            id=id aria-label=words::layer_label()
            on:change=move |event| picking::choose_layer(root, event_target_value(&event))
        >
            {move || layers.get().into_iter().map(option).collect_view()}
        </select>
    }
}

fn id(index: usize) -> String {
    format!("neuron-{index}")
}

impl Search {
    fn new(root: Root) -> Self {
        let text = RwSignal::new(String::new());
        let place = RwSignal::new(0);
        let listing = Memo::new(move |_| root.listing());
        let branch = RwSignal::new(Vec::<String>::new());
        // A layer or classifier without that branch shows all it has.
        Effect::new(move || {
            let known = listing.with(|classes: &Vec<Class>| {
                branch.with_untracked(|branch| classes.iter().any(|class| class.branch.starts_with(branch)))
            });
            if !known && !branch.with_untracked(Vec::is_empty) {
                branch.set(Vec::new());
            }
        });
        let found = Memo::new(move |_| {
            listing.with(|listing| text.with(|text| branch.with(|branch| neurons::find(listing, text, branch))))
        });
        let active = Memo::new(move |_| found.with(|found| found.get(place.get()).copied()));
        // The list begins at the neuron that the address or the pack picks.
        Effect::new(move || {
            let picked = root.picked().unwrap_or_default();
            if text.with_untracked(String::is_empty) {
                place.set(found.with(|found| found.iter().position(|&other| other == picked)).unwrap_or_default());
            }
        });
        Effect::new(move || {
            if let Some(index) = active.get() {
                request_animation_frame(move || reveal(index));
            }
        });
        Self { root, text, place, open: RwSignal::new(false), branch, listing, found, active }
    }

    fn listed(self) -> Vec<(usize, String, String)> {
        let listing = self.listing.get();
        let row = |index: usize| listing.get(index).map(|class| (index, words::class(class), class.id.clone()));
        self.found.with(|found| found.iter().filter_map(|index| row(*index)).collect())
    }

    /// Whether there are neurons, but none that the search finds.
    fn is_vain(self) -> bool {
        self.found.with(Vec::is_empty) && self.root.pack.with(Option::is_some)
    }

    fn choose(self, index: usize) {
        self.text.set(String::new());
        self.open.set(false);
        self.place.set(self.place_of(index));
        picking::pick(self.root, index);
    }

    /// Walks and chooses by keyboard. In the field, Home and End belong to the text while there is one.
    fn key(self, event: &ev::KeyboardEvent, in_field: bool) {
        let last = self.found.with_untracked(Vec::len).saturating_sub(1);
        let place = self.place.get_untracked();
        let walks = !in_field || self.text.with_untracked(String::is_empty);
        let next = match event.key().as_str() {
            "ArrowDown" => (place + 1).min(last),
            "ArrowUp" => place.saturating_sub(1),
            "PageDown" => (place + PAGE).min(last),
            "PageUp" => place.saturating_sub(PAGE),
            "Home" if walks => 0,
            "End" if walks => last,
            "Enter" => return self.enter(event),
            "Escape" => return self.escape(),
            _ => return,
        };
        event.prevent_default();
        self.open.set(true);
        self.place.set(next);
    }

    /// Picks; and what is picked already, with nothing typed, is run.
    fn enter(self, event: &ev::KeyboardEvent) {
        event.prevent_default();
        let Some(index) = self.active.get_untracked() else {
            return;
        };
        let picked = untrack(|| self.root.picked()) == Some(index);
        let typed = !self.text.with_untracked(String::is_empty);
        self.choose(index);
        if picked && !typed {
            run::run(self.root);
        }
    }

    /// Where a neuron stands in what is found.
    fn place_of(self, index: usize) -> usize {
        self.found.with_untracked(|found| found.iter().position(|&other| other == index)).unwrap_or_default()
    }

    fn escape(self) {
        self.text.set(String::new());
        self.begin();
        self.open.set(false);
    }

    /// Goes to the first of what is found, or in the whole list to what is picked.
    fn begin(self) {
        let picked = || self.place_of(untrack(|| self.root.picked()).unwrap_or_default());
        self.place.set(if self.text.with_untracked(String::is_empty) { picked() } else { 0 });
    }
}

/// Scrolls the list, and only the list, to where a neuron can be seen.
fn reveal(index: usize) {
    let option = document().get_element_by_id(&id(index)).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let Some(option) = option else { return };
    let Some(list) = option.parent_element() else {
        return;
    };
    let (top, bottom) = (option.offset_top(), option.offset_top() + option.offset_height());
    if top < list.scroll_top() {
        list.set_scroll_top(top);
    } else if bottom > list.scroll_top() + list.client_height() {
        list.set_scroll_top(bottom - list.client_height());
    }
}
