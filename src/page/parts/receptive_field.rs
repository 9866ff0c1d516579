//! The part of the picture that a convolutional unit sees.

use leptos::prelude::*;

use crate::{
    nets::receptive_field::Region,
    page::{browser::canvas, root::Root, words},
    spec::{Position, RunSpec},
};

/// The part of the picture that is chosen that its unit sees, if the run is of one convolutional unit at one position; and
/// the picture's width.
fn region(root: Root) -> Option<(Region, usize)> {
    let lane = root.lane(root.chosen_lane())?;
    root.pack.with(|pack| {
        let pack = pack.as_ref()?;
        let RunSpec { units, classifier, .. } = &lane;
        let (entry, [unit]) = (pack.classifier(classifier)?, units.as_slice()) else {
            return None;
        };
        let [height, width] = entry.layer(&unit.layer)?.map;
        let place = match unit.position {
            Position::Centre => [height / 2, width / 2],
            Position::At { row, column } => [row, column],
            Position::Mean => return None,
        };
        // Without a generator the picture is of the size that the classifier takes.
        let (image, region) = if lane.prior.is_pixels() {
            (entry.own, entry.architecture.receptive_field(entry.own.channels(), &unit.layer, place)?)
        } else {
            (pack.image, entry.receptive_field(pack.image, &unit.layer, place)?)
        };
        (region.height < image.height || region.width < image.width).then_some((region, image.width))
    })
}

/// That part by itself, as it is now.
#[component]
pub fn ReceptiveField(root: Root) -> impl IntoView {
    let seen = Memo::new(move |_| region(root));
    let canvas = NodeRef::<leptos::html::Canvas>::new();
    Effect::new(move || {
        // Each step is drawn anew.
        root.reading.track();
        let whole = root.canvases.get(root.chosen_lane()).and_then(|canvas| canvas.get());
        let (Some((region, _)), Some(whole), Some(part)) = (seen.get(), whole, canvas.get()) else {
            return;
        };
        part.set_width(region.width as u32);
        part.set_height(region.height as u32);
        let [left, top, width, height] = [region.left, region.top, region.width, region.height].map(|n| n as f64);
        if let Ok(context) = canvas::context(&part) {
            // A canvas that cannot be drawn on stays empty.
            let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &whole, left, top, width, height, 0.0, 0.0, width, height,
            );
        }
    });
    view! {
        <figure class="receptive-field" hidden=move || seen.with(Option::is_none)>
            <canvas node_ref=canvas role="img" aria-label=words::receptive_field() width="1" height="1"></canvas>
            <figcaption>{words::receptive_field()}</figcaption>
        </figure>
    }
}

/// Its frame on a picture of its own size, in hundredths of the picture.
#[component]
pub fn Outline(root: Root, index: usize) -> impl IntoView {
    let seen = Memo::new(move |_| if root.chosen_lane() == index { region(root) } else { None });
    move || {
        seen.get().map(|(region, side)| {
            let share = |pixels: usize| format!("{:.3}%", 100.0 * pixels as f64 / side as f64);
            view! {
                <div
                    class="outline" aria-hidden="true"
                    style:left=share(region.left) style:top=share(region.top)
                    style:width=share(region.width) style:height=share(region.height)
                ></div>
            }
        })
    }
}
