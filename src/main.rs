//! The page's program.

fn main() {
    console_error_panic_hook::set_once();
    dgn::page::browser::language::begin();
    leptos::mount::mount_to_body(dgn::page::App);
}
