//! The real images that excite the neuron most, where the pack may show them.

use leptos::prelude::*;

use crate::page::{state::State, words};

/// They, strongest first; nothing for a run of several neurons, or where the pack holds none.
#[component]
pub fn RealImages(state: State) -> impl IntoView {
    let tiles = move || {
        let lane = state.lane(state.chosen_lane())?;
        let [unit] = lane.units.as_slice() else {
            return None;
        };
        state.examples.with(|examples| {
            let (classifier, examples, sheet) = examples.as_ref()?;
            let images = examples.of(unit);
            if *classifier != lane.classifier || images.is_empty() {
                return None;
            }
            let (columns, rows) = (examples.columns, examples.rows());
            // Of a background that is several times as large as its box, places run from 0 to 100 % of what is left over.
            let place = |number: usize, count: usize| 100.0 * number as f64 / (count.max(2) - 1) as f64;
            let tile = |&image: &usize| {
                let (row, column) = (image / columns, image % columns);
                view! {
                    <li
                        style:background-image=format!("url({sheet:?})")
                        style:background-size=format!("{}% {}%", 100 * columns, 100 * rows)
                        style:background-position=format!("{:.4}% {:.4}%", place(column, columns), place(row, rows))
                    ></li>
                }
            };
            Some(images.iter().map(tile).collect_view())
        })
    };
    move || {
        tiles().map(|tiles| {
            view! {
                <div class="examples">
                    <h3>{words::EXAMPLES}</h3>
                    <ol role="img" aria-label=words::EXAMPLES>{tiles}</ol>
                </div>
            }
        })
    }
}
