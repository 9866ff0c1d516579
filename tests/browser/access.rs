//! What is in the way of some people: axe-core looks at every state of the page, on a phone and on a laptop, in the light
//! and in the dark.

use std::path::Path;

use serde_json::json;

use super::{
    browser::{Setup, browse},
    page::Page,
    state::Picture,
};

/// Where `tools/test.sh` has npm put axe-core.
const AXE: &str = "tests/browser/node_modules/axe-core/axe.min.js";

/// What it finds against WCAG 2.2, levels A and AA, and against good practice: each rule with the elements.
const LOOK: &str = r#"
const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
return axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map(({ id, help, nodes }) => ({ id, help, elements: nodes.map(({ html }) => html.slice(0, 200)) })));
"#;

/// Has axe-core look at the page as it is, at each size and in each scheme.
async fn look(page: &Page, state: &str) {
    for ([width, height], scheme) in
        [([390, 844], "light"), ([390, 844], "dark"), ([1366, 768], "dark"), ([1366, 768], "light")]
    {
        page.show_at(width, height, scheme).await;
        let found = page.run_script(LOOK, vec![]).await;
        assert_eq!(found, json!([]), "{state}, {width}×{height}, {scheme}");
    }
}

/// Brings axe-core into the page that is open.
async fn bring_axe(page: &Page) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(AXE);
    let axe = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("axe-core cannot be read ({}: {error}). Install it with: npm ci --prefix tests/browser", path.display())
    });
    page.run_script(&axe, vec![]).await;
}

#[test]
fn nothing_is_in_the_way_of_anybody() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        page.open("unit=fc8:goldfish&steps=3").await;
        page.until_done().await;
        bring_axe(&page).await;
        look(&page, "the first picture").await;

        page.run_script("for (const part of document.querySelectorAll('.extras details')) part.open = true", vec![])
            .await;
        look(&page, "with all settings").await;

        page.choose("start", "a picture of mine").await;
        page.press("A cat").await;
        page.until("both pictures", |state| state.text.contains("what the generator can say of it")).await;
        look(&page, "with a picture of one's own").await;
        page.choose("start", "noise").await;
        page.run_script("for (const part of document.querySelectorAll('.extras details')) part.open = false", vec![])
            .await;

        page.press("Compare priors").await;
        let last = |name: &String| Picture::parse(name).is_some_and(|picture| picture.is_last());
        page.until("four pictures", |state| state.pictures.iter().filter(|name| last(name)).count() == 4).await;
        page.until("they are judged", |state| state.text.contains("ResNet-18 sees")).await;
        look(&page, "a comparison").await;

        page.press("See all").await;
        page.until("units and how many are left", |state| state.text.contains("pictures to draw")).await;
        look(&page, "a layer").await;
    });
}

#[test]
fn what_is_in_the_way_is_found() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&steps=1").await;
        page.until_done().await;
        bring_axe(&page).await;
        let spoil = "document.querySelector('#steps').removeAttribute('id'); \
                     document.querySelector('.detail').style.color = 'var(--hair)'; \
                     document.querySelector('.more').open = true";
        page.run_script(spoil, vec![]).await;
        let found = page.run_script(LOOK, vec![]).await;
        let rules: Vec<&str> = found.as_array().into_iter().flatten().filter_map(|rule| rule["id"].as_str()).collect();
        assert_eq!(rules, ["color-contrast", "label-title-only", "label"], "{found}");
    });
}
