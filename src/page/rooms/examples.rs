//! The real images that excite the neuron most, where the pack may show them.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    pack::Examples,
    page::{browser::site, root::Root, words},
};

/// The real images of one classifier.
#[derive(Debug, Clone)]
struct Shown {
    /// The classifier's name.
    classifier: String,
    /// Which images excite which unit.
    examples: Arc<Examples>,
    /// The address of the sheet that holds them.
    sheet: String,
}

/// Has the real images of whichever classifier is listed, where the pack shows some.
fn watch(root: Root) -> RwSignal<Option<Shown>> {
    let shown = RwSignal::new(None);
    Effect::new(move || {
        let classifier = root.classifier.get();
        let Some(entry) = root.pack.get().and_then(|pack| pack.classifier(&classifier).cloned()) else {
            return;
        };
        let place = root.place();
        spawn_local(async move {
            match site::examples(&place, &entry).await {
                Ok(Some(examples)) => {
                    let sheet = entry.examples.map(|files| place.address(&files.sheet.file)).unwrap_or_default();
                    shown.set(Some(Shown { classifier, examples: Arc::new(examples), sheet }));
                }
                Ok(None) => {}
                Err(message) => root.notice.set(Some(message)),
            }
        });
    });
    shown
}

/// They, strongest first; nothing for a run of several neurons, or where the pack holds none.
#[component]
pub fn RealImages(root: Root) -> impl IntoView {
    let shown = watch(root);
    let tiles = move || {
        let lane = root.lane(root.chosen_lane())?;
        let [unit] = lane.units.as_slice() else {
            return None;
        };
        shown.with(|shown| {
            let Shown { classifier, examples, sheet } = shown.as_ref()?;
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
                    <span
                        style:background-image=format!("url({sheet:?})")
                        style:background-size=format!("{}% {}%", 100 * columns, 100 * rows)
                        style:background-position=format!("{:.4}% {:.4}%", place(column, columns), place(row, rows))
                    ></span>
                }
            };
            Some(images.iter().map(tile).collect_view())
        })
    };
    move || {
        tiles().map(|tiles| {
            view! {
                <div class="examples">
                    <h3>{words::examples_label()}</h3>
                    <div class="sheet" role="img" aria-label=words::examples_label()>{tiles}</div>
                </div>
            }
        })
    }
}
