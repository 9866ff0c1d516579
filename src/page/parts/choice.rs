//! A list to choose one thing from, with its label.

use leptos::prelude::*;

/// Shows what can be chosen, each by value and name, and which is.
#[component]
pub fn Choice(
    id: &'static str,
    label: &'static str,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(into)] current: Signal<String>,
    #[prop(into)] choose: Callback<String>,
) -> impl IntoView {
    let option = move |(value, name): (String, String)| {
        let own = value.clone();
        view! {
            <option
                value=value prop:selected=move || current.with(|current| *current == own) prop:textContent=name
            ></option>
        }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id on:change=move |event| choose.run(event_target_value(&event))>
                {move || options.get().into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}

/// Choices that are always the same, each by its name.
pub fn named<T: Copy, const N: usize>(choices: [(T, &'static str); N]) -> Signal<Vec<(String, String)>> {
    Signal::stored(choices.map(|(_, name)| (name.to_owned(), name.to_owned())).into())
}

/// The name of a choice.
pub fn name_of<T: PartialEq, const N: usize>(choices: [(T, &'static str); N], chosen: Option<T>) -> String {
    let found = choices.into_iter().find(|(choice, _)| chosen.as_ref() == Some(choice));
    found.map(|(_, name)| name.to_owned()).unwrap_or_default()
}

/// The choice of a name.
pub fn by_name<T: Copy, const N: usize>(choices: [(T, &'static str); N], name: &str) -> Option<T> {
    choices.into_iter().find(|(_, known)| *known == name).map(|(choice, _)| choice)
}
