//! The README's pictures of the page: `tools/pictures.sh page` makes them.

use super::{
    browser::{Setup, browse, checkout},
    state::State,
};

/// The first visit in each language, as it is once its run is done.
#[test]
#[ignore = "writes docs/pictures"]
fn the_page_as_it_is_first_seen() {
    let folder = checkout().join("docs/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        for (language, done) in [("en", "Done."), ("zh", "完成。")] {
            page.open_as_it_is(&format!("lang={language}&engine=cpu")).await;
            let is_done = |state: &State| state.status.iter().any(|said| said.starts_with(done));
            page.until("the run is done", is_done).await;
            std::fs::write(folder.join(format!("page-{language}.png")), page.screenshot().await).unwrap();
        }
    });
}
