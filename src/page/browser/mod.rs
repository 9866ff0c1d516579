//! The browser, as far as the page asks for more of it than leptos does: canvases, files, what is dropped, the site.

pub mod canvas;
pub mod dropped;
pub mod files;
pub mod site;
