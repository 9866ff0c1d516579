//! The browser's own translation. It puts elements of its own in the place of the page's texts, once and whenever one has
//! changed; whatever the page shows has to go on changing all the same.

use serde_json::{Value as Json, json};

use super::{
    browser::{Setup, browse},
    page::Page,
    state::{Picture, State},
};

/// Keeps what goes wrong in the page.
const WATCH_ERRORS: &str = r#"
window.failures = [];
addEventListener("error", (event) => window.failures.push(event.message));
addEventListener("unhandledrejection", (event) => window.failures.push(String(event.reason)));
const tell = console.error;
console.error = (...told) => { window.failures.push(told.join(" ")); tell.apply(console, told); };
"#;

/// Puts every text between two elements, as translations do, now and after each change. A translation either moves the
/// page's own text there or leaves another in its place, which the argument says.
const TRANSLATE: &str = r#"
const [moves] = arguments;
const translate = () => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    if (text.data.trim() === "" || text.parentElement.closest("font, script, noscript")) continue;
    const outer = document.createElement("font"), inner = document.createElement("font");
    text.replaceWith(outer);
    outer.append(inner);
    inner.append(moves ? text : new Text(text.data));
  }
};
translate();
new MutationObserver(translate).observe(document.body, { subtree: true, childList: true, characterData: true });
"#;

/// What is read beside the picture, and the names of what can be chosen.
const READ: &str = r#"
const text = (selector) => [...document.querySelectorAll(selector)].map((element) => element.innerText.trim()).join("|");
return Object.fromEntries(Object.entries(arguments[0]).map(([name, selector]) => [name, text(selector)]));
"#;

/// The texts at those places.
async fn read(page: &Page) -> Json {
    let places = json!({
        "name": ".placard h2", "detail": ".detail", "value": ".value", "counter": ".counter", "guesses": ".guesses li",
        "ticks": ".plot .across span", "status": ".status", "engine": ".engine .line",
    });
    page.run_script(READ, vec![places]).await
}

/// Reads again, and fails where one of these has not changed.
async fn must_differ(page: &Page, before: &Json, names: &[&str]) -> Json {
    let now = read(page).await;
    for name in names {
        assert_ne!(before[name], now[name], "“{name}” has not changed");
    }
    now
}

/// Whether so many pictures of the last step are shown.
pub fn are_done(count: usize) -> impl Fn(&State) -> bool {
    move |state| {
        let last = state.pictures.iter().filter_map(|name| Picture::parse(name)).filter(Picture::is_last);
        last.count() == count && state.offers("Run")
    }
}

async fn goes_on_changing(page: Page, moves: bool) {
    page.before_scripts(WATCH_ERRORS).await;
    page.open("unit=fc8:goldfish&steps=400").await;
    page.until_picture("a run", |_| true).await;
    page.run_script(TRANSLATE, vec![json!(moves)]).await;
    let translated = page.run_script("return document.querySelectorAll('font').length", vec![]).await;
    assert!(translated.as_u64() > Some(40), "{translated}");

    // The run goes on, and its buttons say what they do now.
    let first = read(&page).await;
    page.until_picture("it goes on", |picture| picture.step > 20).await;
    let first = must_differ(&page, &first, &["value", "counter"]).await;
    page.press("Pause").await;
    page.until_said(&["Paused while drawing goldfish"]).await;
    page.press("Resume").await;
    page.press("Stop").await;
    page.until_said(&["Stopped drawing goldfish"]).await;

    // A field says what is wrong, and no longer once it is right.
    page.run_script("document.querySelector('.more').open = true", vec![]).await;
    let steps = page.expect("textbox", "Steps").await;
    steps.clear().await.unwrap();
    steps.send_keys("0").await.unwrap();
    page.until_said(&["between 1 and 1000"]).await;
    steps.clear().await.unwrap();
    steps.send_keys("8").await.unwrap();
    page.until("it is right", |state| !state.said().contains("between 1 and 1000")).await;

    // Another neuron.
    page.run_script("document.querySelector('#neuron-34').click()", vec![]).await;
    page.until_said(&["Run draws lion"]).await;
    page.press("Run").await;
    page.until("a lion", |state| are_done(1)(state) && state.text.contains("step 8 of 8")).await;
    page.until_said(&["Done. The activation went from"]).await;
    let lion = must_differ(&page, &first, &["name", "detail", "value", "counter", "ticks", "guesses", "status"]).await;
    assert_eq!(lion["name"].as_str().map(str::to_lowercase).as_deref(), Some("lion"));

    // Another layer.
    page.run_script("document.querySelector('.more').open = false", vec![]).await;
    page.choose("layer", "conv3").await;
    page.until("its units", |state| state.text.contains("unit 159")).await;
    page.run_script("document.querySelector('.more').open = true", vec![]).await;
    page.until("where they are read", |state| state.text.contains("Where in the feature map")).await;
    page.press("Run").await;
    let is_channel = |state: &State| state.picture().is_some_and(|picture| picture.neuron.starts_with("conv3"));
    page.until("a channel", |state| are_done(1)(state) && is_channel(state)).await;
    page.until_said(&["Done"]).await;
    must_differ(&page, &lion, &["name", "detail", "value", "guesses"]).await;
    page.choose("layer", "fc8").await;
    page.until_said(&["Run draws goldfish"]).await;

    // A comparison, what the one that is chosen is, and the way back.
    page.press("Compare priors").await;
    page.until("four pictures", are_done(4)).await;
    let own = read(&page).await;
    page.press("no prior").await;
    page.until("its explanation", |state| state.text.contains("Without a generator")).await;
    must_differ(&page, &own, &["value"]).await;
    page.press("Generator alone").await;
    page.until("one picture", are_done(1)).await;
    page.until("its explanation", |state| state.text.contains("A generator network redraws")).await;

    // A picture of one's own.
    page.choose("start", "a picture of mine").await;
    page.press("A cat").await;
    page.until("what it is to the network", |state| state.text.matches("goldfish: ").count() == 2).await;
    page.run_script("document.querySelector('#neuron-34').click()", vec![]).await;
    page.until("what it is to another neuron", |state| state.text.matches("lion: ").count() == 2).await;
    page.choose("start", "noise").await;

    // All of a layer.
    page.choose("layer", "fc7").await;
    page.press("See all").await;
    let left = "return document.querySelector('.overlay [role=status]').innerText";
    page.until("what is left", |state| state.text.contains("pictures to draw")).await;
    let many = page.run_script(left, vec![]).await;
    page.until("less is left", |state| !many.as_str().is_some_and(|many| state.text.contains(many))).await;
    page.keys("\u{e00c}").await;
    page.until("the page again", |state| !state.text.contains("to draw")).await;
    page.choose("layer", "fc8").await;
    page.press("Run").await;
    page.until("a goldfish again", |state| are_done(1)(state) && state.said().contains("Done")).await;
    assert_eq!(page.run_script("return window.failures", vec![]).await, json!([]));
}

#[test]
fn everything_goes_on_changing_where_a_translation_moves_the_texts() {
    browse(Setup::default(), async |page| goes_on_changing(page, true).await);
}

#[test]
fn everything_goes_on_changing_where_a_translation_replaces_the_texts() {
    browse(Setup::default(), async |page| goes_on_changing(page, false).await);
}
