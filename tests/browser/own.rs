//! What a person brings along and takes away: a picture to start from, pictures to be ranked, files of the run.

use std::io::Cursor;

use image::{AnimationDecoder, ImageFormat, Rgb, RgbImage, codecs::gif::GifDecoder};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{
    browser::{Setup, browse},
    faults::Fault,
    page::Page,
    state::{Picture, State},
};

/// Gives files to a file field, by its accessible name, as a person's choice does.
pub const CHOOSE: &str = r#"
const [label, files] = arguments;
const named = (field) => field.closest("label").innerText.trim() === label;
const choose = async () => {
  let field;
  // What it stands in may be on its way.
  for (let look = 0; look < 400 && !field; look += 1) {
    field = [...document.querySelectorAll("input[type=file]")].find(named);
    if (!field) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const data = new DataTransfer();
  for (const [name, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name));
  field.files = data.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
};
return choose();
"#;
/// Pastes a file.
const PASTE: &str = r#"
const [bytes] = arguments;
const data = new DataTransfer();
data.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
"#;
/// Drops a file onto the page.
pub const DROP: &str = r#"
const [name, bytes] = arguments;
const data = new DataTransfer();
data.items.add(new File([new Uint8Array(bytes)], name));
document.querySelector("main").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
"#;
/// Holds the pictures of files whose names begin with “slow” until one of `held` is called; counts those that are made.
pub const HOLD: &str = r#"
const make = window.createImageBitmap;
[window.held, window.made] = [[], 0];
window.createImageBitmap = async (source, ...rest) => {
  const bitmap = await make.call(window, source, ...rest);
  if (source instanceof File && source.name.startsWith("slow")) await new Promise((go) => window.held.push(go));
  window.made += 1;
  return bitmap;
};
"#;
/// A camera whose questions to the person are answered by the test.
pub const CAMERAS: &str = r#"
[window.asked, window.tracks] = [[], []];
window.live = () => window.tracks.filter((track) => track.readyState === "live").length;
if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () => new Promise((yes, no) => window.asked.push({
  allow() {
    const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
    canvas.width = canvas.height = 64;
    setInterval(() => {
      context.fillStyle = `hsl(${Date.now() / 10 % 360} 90% 50%)`;
      context.fillRect(0, 0, 64, 64);
    }, 50);
    const stream = canvas.captureStream();
    window.tracks.push(...stream.getTracks());
    yes(stream);
  },
  refuse(name) { no(new DOMException("", name)); },
}));
"#;
/// The names of the pictures that were ranked, the strongest first.
const RANKED_NAMES: &str =
    "return [...document.querySelectorAll('.rank li canvas')].map((canvas) => canvas.getAttribute('aria-label'))";
/// The pixels of a canvas by its accessible name.
const PIXELS: &str = r#"
const canvas = [...document.querySelectorAll("canvas")].find((canvas) => canvas.getAttribute("aria-label") === arguments[0]);
return canvas && [canvas.width, canvas.height, ...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
"#;

/// A PNG file of two colours, the left half and the right half.
pub fn two_halves(width: u32, height: u32, left: [u8; 3], right: [u8; 3]) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { left } else { right }));
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

async fn pixels(page: &Page, name: &str) -> Vec<u8> {
    let pixels = page.run_script(PIXELS, vec![json!(name)]).await;
    let pixels: Vec<u32> = serde_json::from_value(pixels).unwrap_or_else(|_| panic!("there is no canvas “{name}”"));
    assert_eq!(pixels[..2], [64, 64]);
    pixels[2..].iter().map(|&byte| byte as u8).collect()
}

/// Runs what is picked in four steps, and goes back to the first of them.
pub async fn first_of_four(page: &Page) -> Picture {
    let steps = page.expect("textbox", "Steps").await;
    steps.clear().await.unwrap();
    steps.send_keys("4").await.unwrap();
    page.press("Run").await;
    page.until_picture("four steps", |picture| (picture.step, picture.steps) == (4, 4)).await;
    let slider = page.expect("slider", "Go to a step of the run").await;
    slider.send_keys("\u{e011}").await.unwrap();
    page.until_picture("the first step", |picture| picture.step == 1).await
}

/// Opens a run and asks for a picture to start the next one from.
pub async fn ask_for_a_picture(page: &Page) {
    page.open("unit=fc8:lion&steps=3").await;
    page.until_done().await;
    open_more(page).await;
    page.choose("start", "a picture of mine").await;
}

pub async fn open_more(page: &Page) {
    page.run_script("document.querySelector('.more').open = true", vec![]).await;
}

#[test]
fn a_run_starts_from_a_picture_of_ones_own() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&steps=3").await;
        page.until_done().await;
        // Of a wide picture the middle is taken, at the size of the pack's images.
        let picture = two_halves(240, 96, [200, 40, 40], [40, 40, 200]);
        page.run_script(PASTE, vec![json!(picture)]).await;
        page.until_said(&["Run starts from the picture"]).await;
        page.until("both are seen", |state| state.text.contains("what the generator can say of it")).await;
        let own = pixels(&page, "the picture").await;
        let at = |pixels: &[u8], row: usize, column: usize| pixels[(row * 64 + column) * 4..][..3].to_vec();
        assert_eq!((at(&own, 5, 3), at(&own, 60, 60)), (vec![200, 40, 40], vec![40, 40, 200]));
        page.until("what it is to the network", |state| state.text.matches("lion: ").count() == 2).await;
        let drawn = pixels(&page, "what the generator can say of it").await;
        assert!(drawn != own && drawn.chunks(4).any(|pixel| pixel[..3] != [0, 0, 0]));

        // The first step draws the picture's code as it is.
        first_of_four(&page).await;
        assert!(page.state().await.address.contains("start=image"));
        let first =
            "return [...document.querySelector('.lane canvas').getContext('2d').getImageData(0, 0, 64, 64).data]";
        let first: Vec<u8> = serde_json::from_value(page.run_script(first, vec![]).await).unwrap();
        let difference = first.iter().zip(&drawn).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(difference <= 1, "{difference}");

        // A saved picture cannot hold it either, so its run does not begin from whatever is chosen now.
        page.press("Save image").await;
        page.until_said(&["saved"]).await;
        let saved = std::fs::read(page.saved().await).unwrap();
        page.press("A cat").await;
        page.until_said(&["Run starts from the picture"]).await;
        page.run_script(PASTE, vec![json!(saved)]).await;
        page.until_said(&["starts from a picture", "no link can hold"]).await;

        // A link cannot hold the picture, and says so; another start is a way on.
        page.reload().await;
        page.until_said(&["starts from a picture", "no link can hold"]).await;
        assert!(page.state().await.picture().is_none());
        page.run_script(CHOOSE, vec![json!("Choose a picture …"), json!([["a.png", picture]])]).await;
        page.until_said(&["Run starts from the picture"]).await;
        page.press("Run").await;
        page.until_done().await;
    });
}

#[test]
fn what_a_picture_is_to_a_neuron_stays_with_that_neuron() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&steps=2").await;
        page.until_done().await;
        page.run_script(PASTE, vec![json!(two_halves(64, 64, [200, 160, 60], [40, 40, 200]))]).await;
        let captions =
            "return [...document.querySelectorAll('.own-image figcaption')].map((caption) => caption.innerText)";
        // What the two captions say of one neuron; nothing of another may stand there at any time.
        let said_of = async |name: &str| -> Vec<String> {
            page.until("both captions", |state| state.text.matches(&format!("{name}: ")).count() == 2).await;
            let captions: Vec<String> = serde_json::from_value(page.run_script(captions, vec![]).await).unwrap();
            captions.iter().map(|caption| caption.lines().last().unwrap_or_default().to_owned()).collect()
        };
        let of_lion = said_of("lion").await;
        let lion =
            "return [...document.querySelectorAll('#neurons li')].findIndex((row) => row.innerText.startsWith('lion'))";
        let lion = page.run_script(lion, vec![]).await;
        page.run_script("document.querySelector('#neuron-0').click()", vec![]).await;
        let of_goldfish = said_of("goldfish").await;
        assert!(
            of_goldfish
                .iter()
                .all(|line| !of_lion.iter().any(|other| line.ends_with(other.trim_start_matches("lion"))))
        );
        page.run_script("document.querySelector(`#neuron-${arguments[0]}`).click()", vec![lion]).await;
        assert_eq!(said_of("lion").await, of_lion);
    });
}

#[test]
fn a_link_may_start_from_a_picture_that_comes_with_the_page() {
    browse(Setup::default(), async |page| {
        ask_for_a_picture(&page).await;
        page.press("A cat").await;
        page.until_said(&["Run starts from the picture"]).await;
        first_of_four(&page).await;
        let first = page.pixels().await;
        let state = page.state().await;
        assert!(state.address.contains("start=image&image=cat"), "{}", state.address);
        let (_, query) = state.address.split_once('?').unwrap();
        page.open(query).await;
        page.until_done().await;
        let slider = page.expect("slider", "Go to a step of the run").await;
        slider.send_keys("\u{e011}").await.unwrap();
        page.until_picture("the first step", |picture| picture.step == 1).await;
        assert!(page.pixels().await.difference(&first) <= 2);
        // One that does not come with the page is named, and the page is as good as before.
        page.open("unit=fc8:lion&steps=3&start=image&image=dog").await;
        page.until_said(&["no file at", "samples/dog.jpg"]).await;
    });
}

/// Whether a camera's picture arrives in the page.
const CAMERA_RUNS: &str = "const video = document.querySelector('.camera video'); \
                           return video.videoWidth > 0 && video.srcObject?.active === true";

#[test]
fn a_run_starts_from_what_the_camera_shows() {
    browse(Setup { camera: true, ..Setup::default() }, async |page| {
        ask_for_a_picture(&page).await;
        page.press("Camera").await;
        let mut tries = 0..100;
        while page.run_script(CAMERA_RUNS, vec![]).await != json!(true) {
            assert!(tries.next().is_some(), "the camera's picture does not arrive");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        page.press("Take it").await;
        page.until_said(&["Run starts from the picture"]).await;
        let own = pixels(&page, "the picture").await;
        assert!(own.chunks(4).any(|pixel| pixel[..3] != own[..3]), "the picture is all of one colour");
        let live = "return document.querySelector('.camera video').srcObject !== null";
        assert_eq!(page.run_script(live, vec![]).await, json!(false), "the camera is let go");
        first_of_four(&page).await;
        assert!(page.state().await.address.contains("start=image"));
    });
}

#[test]
fn without_a_camera_the_page_says_so() {
    browse(Setup::default(), async |page| {
        ask_for_a_picture(&page).await;
        page.press("Camera").await;
        page.until_said(&["camera", "choose a picture file"]).await;
        assert!(page.state().await.offers("Camera"), "another try is possible");
    });
}

/// Runs a script until it answers as wanted.
async fn until_answer(page: &Page, script: &str, wanted: Json) {
    let begin = std::time::Instant::now();
    loop {
        let answer = page.run_script(script, vec![]).await;
        if answer == wanted {
            return;
        }
        assert!(begin.elapsed().as_secs() < 60, "{script} answers {answer} and not {wanted}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[test]
fn no_camera_outlives_its_panel_and_only_the_last_answer_counts() {
    browse(Setup::default(), async |page| {
        let answer = async |script: &str| page.run_script(script, vec![]).await;
        let until_seen = async || page.until("its picture", |state| state.offers("Take it")).await;
        let ask = async || {
            page.press("Camera").await;
            page.until_said(&["asks whether the page may use the camera"]).await
        };
        page.before_scripts(CAMERAS).await;
        ask_for_a_picture(&page).await;
        // Allowed after it was cancelled, before and after the second one.
        ask().await;
        assert!(!page.state().await.offers("Take it"), "there is nothing to take yet");
        page.press("Cancel").await;
        ask().await;
        answer("asked[0].allow()").await;
        assert_eq!(answer("return live()").await, json!(0));
        answer("asked[1].allow()").await;
        until_seen().await;
        assert_eq!(answer("return [live(), tracks[0].readyState]").await, json!([1, "ended"]));
        page.press("Cancel").await;
        assert_eq!(answer("return live()").await, json!(0));
        // Refused after another one was allowed.
        ask().await;
        page.press("Cancel").await;
        ask().await;
        answer("asked[3].allow()").await;
        until_seen().await;
        answer("asked[2].refuse('NotAllowedError')").await;
        let state = page.state().await;
        assert!(state.offers("Take it") && state.alerts.is_empty(), "{}", state.describe());
        // Unplugged.
        answer("tracks.at(-1).stop(); tracks.at(-1).dispatchEvent(new Event('ended'))").await;
        page.until_said(&["the camera has ended", "unplugged"]).await;
        // That is true no more once there is one; out of sight it is let go.
        ask().await;
        answer("asked[4].allow()").await;
        until_seen().await;
        page.until("the notice has gone", |state| state.alerts.is_empty()).await;
        answer(
            "Object.defineProperty(document, 'hidden', { value: true, configurable: true }); \
                document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))",
        )
        .await;
        page.until_said(&["page was out of sight"]).await;
        assert_eq!(answer("delete document.hidden; return live()").await, json!(0));
        // The panel goes while it runs, and while the browser still asks.
        ask().await;
        answer("asked[5].allow()").await;
        until_seen().await;
        page.choose("start", "noise").await;
        until_answer(&page, "return live()", json!(0)).await;
        page.choose("start", "a picture of mine").await;
        ask().await;
        page.choose("start", "noise").await;
        page.until("the panel has gone", |state| !state.offers("Cancel")).await;
        answer("asked[6].allow()").await;
        assert_eq!(answer("return [live(), tracks.length]").await, json!([0, 6]));
        // What it shows is taken, and it is let go.
        page.choose("start", "a picture of mine").await;
        ask().await;
        answer("asked[7].allow()").await;
        until_seen().await;
        page.press("Take it").await;
        page.until_said(&["Run starts from the picture"]).await;
        assert_eq!(answer("return live()").await, json!(0));
    });
}

#[test]
fn each_reason_why_there_is_no_camera_is_told() {
    browse(Setup::default(), async |page| {
        page.before_scripts(CAMERAS).await;
        ask_for_a_picture(&page).await;
        for (exception, words) in [
            ("NotAllowedError", "may not use the camera"),
            ("NotReadableError", "another program may be using it"),
            ("NotFoundError", "finds no camera"),
            ("OverconstrainedError", "can give what the page asks for"),
        ] {
            page.press("Camera").await;
            page.run_script("asked.at(-1).refuse(arguments[0])", vec![json!(exception)]).await;
            page.until_said(&[words, "choose a picture file"]).await;
        }
        page.press("A cat").await;
        page.until("a picture is chosen, and the notice has gone", |state| {
            state.said().contains("Run starts from the picture") && state.alerts.is_empty()
        })
        .await;
    });
    browse(Setup { insecure: true, ..Setup::default() }, async |page| {
        ask_for_a_picture(&page).await;
        page.press("Camera").await;
        page.until_said(&["https address", "choose a picture file"]).await;
    });
}

/// One picture of one colour, as a file of that name.
fn plain(name: &str, colour: [u8; 3]) -> Json {
    json!([[name, two_halves(64, 64, colour, colour)]])
}

#[test]
fn the_picture_that_was_chosen_last_is_the_one_that_counts() {
    browse(Setup::default(), async |page| {
        page.before_scripts(HOLD).await;
        ask_for_a_picture(&page).await;
        let choose = async |label: &str, files: Json| page.run_script(CHOOSE, vec![json!(label), files]).await;
        choose("Choose a picture …", plain("slow.png", [200, 0, 0])).await;
        page.until_said(&["Reading “slow.png”"]).await;
        until_answer(&page, "return held.length", json!(1)).await;
        choose("Choose a picture …", plain("fast.png", [0, 200, 0])).await;
        page.until_said(&["Run starts from the picture"]).await;
        page.run_script("held[0]()", vec![]).await;
        // Each is made, and made small.
        until_answer(&page, "return made", json!(4)).await;
        assert_eq!(pixels(&page, "the picture").await[..3], [0, 200, 0]);

        // A run waits for the one that is being read, and another start is a choice too.
        choose("Choose a picture …", plain("slow.png", [0, 0, 200])).await;
        until_answer(&page, "return held.length", json!(2)).await;
        page.press("Run").await;
        page.until_said(&["Reading “slow.png”", "begins once it is read"]).await;
        page.run_script("held[1]()", vec![]).await;
        page.until("the run", |state| state.address.contains("start=image")).await;
        page.until_done().await;
        assert_eq!(pixels(&page, "the picture").await[..3], [0, 0, 200]);
        choose("Choose a picture …", plain("slow.png", [9, 9, 9])).await;
        until_answer(&page, "return held.length", json!(3)).await;
        page.choose("start", "noise").await;
        page.until("it is read no more", |state| !state.said().contains("Reading")).await;
        page.run_script("held[2]()", vec![]).await;
        until_answer(&page, "return made", json!(8)).await;
        page.press("Run").await;
        page.until("the run", |state| state.address.contains("start=noise")).await;
        page.until_done().await;

        // So it is with pictures that are ranked.
        page.run_script("document.querySelector('.rank').open = true", vec![]).await;
        choose("Choose pictures …", plain("slow.png", [9, 9, 9])).await;
        until_answer(&page, "return held.length", json!(4)).await;
        choose("Choose pictures …", plain("other.png", [1, 2, 3])).await;
        page.until_said(&["1 ranked."]).await;
        page.run_script("held[3]()", vec![]).await;
        until_answer(&page, "return made", json!(12)).await;
        assert_eq!(page.run_script(RANKED_NAMES, vec![]).await, json!(["other.png"]));
    });
}

#[test]
fn a_file_that_cannot_be_taken_is_answered_with_what_is_true_of_it() {
    browse(Setup::default(), async |page| {
        ask_for_a_picture(&page).await;
        let mut large = two_halves(8, 8, [0; 3], [0; 3]);
        large[16..24].copy_from_slice(&[60_000_u32.to_be_bytes(), 60_000_u32.to_be_bytes()].concat());
        let photograph = page.site.read("samples/cat.jpg");
        let files = [
            ("wall.png", large, "60000 × 60000 pixels"),
            ("IMG_1.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "Save it as JPEG"),
            ("plan.svg", b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'/>".to_vec(), "drawing (SVG)"),
            ("half.jpg", photograph[..photograph.len() / 2].to_vec(), "cut short or damaged"),
            ("nothing.png", Vec::new(), "is empty"),
            ("notes.png", b"no picture".to_vec(), "cannot read that file as a picture"),
        ];
        let choose = async |name: &str, bytes: &[u8]| {
            let files = json!([[name, bytes]]);
            page.run_script(CHOOSE, vec![json!("Choose a picture …"), files]).await
        };
        for counts in ["No picture is chosen yet", "Run still starts from “red.png”"] {
            for (name, bytes, words) in &files {
                choose(name, bytes).await;
                page.until_said(&[name, words, counts]).await;
            }
            assert!(!page.state().await.said().contains("Reading"));
            choose("red.png", &two_halves(64, 64, [200, 0, 0], [200, 0, 0])).await;
            page.until("it is chosen, and no notice is left", |state| {
                state.said().contains("Run starts from the picture") && state.alerts.is_empty()
            })
            .await;
        }
        // A copy that has lost its run is known by its name at best.
        choose("n02129165-fc8-34-seed-7.jpg", &two_halves(64, 64, [0; 3], [9; 3])).await;
        page.until_said(&["Run starts from the picture", "holds no run any more"]).await;

        // That a picture is missing is said for as long as it is.
        page.open("unit=fc8:lion&steps=3&start=image").await;
        page.until_said(&["no link can hold"]).await;
        choose("red.png", &two_halves(64, 64, [200, 0, 0], [200, 0, 0])).await;
        page.until("no notice is left", |state| state.alerts.is_empty()).await;
        page.reload().await;
        page.until_said(&["no link can hold"]).await;
        page.choose("start", "noise").await;
        page.until("no notice is left", |state| state.alerts.is_empty()).await;
    });
}

#[test]
fn a_picture_that_tells_no_run_of_this_pack_changes_nothing() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&steps=3&engine=cpu").await;
        let picture = page.until_done().await;
        let address = page.state().await.address;
        let told = |text: &str| dgn::stamp::write(two_halves(64, 64, [200, 40, 40], [40, 40, 200]), text);
        let mut damaged = told("pack=caffenet-64&unit=fc8:1&seed=1");
        let text = damaged.windows(6).position(|window| window == b"seed=1").unwrap();
        damaged[text + 5] = b'2';
        let digits = format!("pack=caffenet-64&unit=fc8:1&steps={}", "9".repeat(3000));
        for (file, words) in [
            (told("rubbish"), "describes no run"),
            (told(""), "of its run is empty"),
            (told(r#"{"pack":"caffenet-64","unit":"fc8:1"}"#), "describes no run"),
            (damaged, "of its run is damaged"),
            (told(&"x".repeat(70 << 10)), "70 KB long"),
            (told(&digits), "is not a number"),
            (told("pack=caffenet-64&unit=fc8:99999"), "no unit"),
            (told("pack=nowhere&unit=fc:1"), "model pack “nowhere”"),
        ] {
            page.run_script(DROP, vec![json!("saved.png"), json!(file)]).await;
            let said = page.until_said(&["saved.png", words]).await;
            assert!(said.len() < 800, "{said}");
            let state = page.state().await;
            assert_eq!((state.picture().as_ref(), &state.address), (Some(&picture), &address), "{words}");
        }
        // Another pack is opened where that is wished, on the engine that was asked for.
        let other = "pack=tiny-imagenet-64&classifier=resnet18&unit=fc:lion&seed=3&steps=3&lr=0.15,0&decay=0.99&clip=3";
        page.run_script(DROP, vec![json!("saved.png"), json!(told(other))]).await;
        page.until_said(&["another model pack, “tiny-imagenet-64”", "Open pack tiny-imagenet-64"]).await;
        let state = page.state().await;
        assert_eq!((state.picture().as_ref(), &state.address), (Some(&picture), &address));
        page.run_script("document.querySelector('.notice a').click()", vec![]).await;
        page.until("the other pack", |state| state.address.contains("pack=tiny-imagenet-64")).await;
        assert_eq!(page.until_done().await.neuron, "lion (n02129165)");
        assert!(page.state().await.address.contains("engine=cpu"));
    });
}

#[test]
fn the_last_result_is_where_the_next_run_begins() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&steps=3&start=last").await;
        page.until_said(&["no result yet"]).await;
        page.open("unit=fc8:lion&steps=3").await;
        let before = page.until_done().await;
        open_more(&page).await;
        page.choose("start", "the last result").await;
        let first = first_of_four(&page).await;
        assert!(page.state().await.address.contains("start=last"));
        assert!(first.activation > before.activation, "it goes on from {before:?}: {first:?}");
    });
}

#[test]
fn an_earlier_step_can_be_the_result() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&steps=6&start=zeros").await;
        let end = page.until_done().await;
        let slider = page.expect("slider", "Go to a step of the run").await;
        slider.send_keys("\u{e011}\u{e014}").await.unwrap();
        let chosen = page.until_picture("the second step", |picture| picture.step == 2).await;
        assert!(chosen.activation < end.activation - 1.0, "{chosen:?}, {end:?}");
        // Its code is saved ...
        page.run_script("document.querySelector('.saves').open = true", vec![]).await;
        page.press("Code").await;
        let file = page.saved().await;
        let saved: Json = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(saved["step"], json!(2));
        std::fs::remove_file(file).unwrap();
        // ... and the next run goes on from it, and not from the end.
        open_more(&page).await;
        page.choose("start", "the last result").await;
        let first = first_of_four(&page).await;
        assert!((first.activation - chosen.activation).abs() <= 0.1, "{chosen:?}, {first:?}");
    });
}

#[test]
fn ones_own_pictures_are_ranked_and_ranked_again_for_another_neuron() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&steps=2").await;
        page.until_done().await;
        page.run_script("document.querySelector('.rank').open = true", vec![]).await;
        let colours = [[230, 120, 20], [20, 120, 40], [128, 128, 128], [250, 250, 250], [10, 10, 90]];
        let mut files: Vec<Json> = colours
            .iter()
            .enumerate()
            .map(|(number, &colour)| json!([format!("{number}.png"), two_halves(80, 80, colour, [60, 60, 60])]))
            .collect();
        files.push(json!(["notes.txt", b"no picture"]));
        page.run_script(CHOOSE, vec![json!("Choose pictures …"), json!(files)]).await;
        page.until_said(&["5 ranked. One could not be read: notes.txt."]).await;
        let ranked = "return [...document.querySelectorAll('.rank li')].map((item) => \
                      [item.querySelector('canvas').getAttribute('aria-label'), Number(item.innerText.replace('−', '-'))])";
        let first: Vec<(String, f64)> = serde_json::from_value(page.run_script(ranked, vec![]).await).unwrap();
        assert_eq!(first.len(), 5);
        assert!(first.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{first:?}");
        // Another neuron has another order, and the pictures need not be chosen again.
        let pick = "document.querySelector('#neuron-145').click()";
        page.run_script(pick, vec![]).await;
        page.press("Rank them for this neuron").await;
        page.until_said(&["5 ranked."]).await;
        let second: Vec<(String, f64)> = serde_json::from_value(page.run_script(ranked, vec![]).await).unwrap();
        assert_ne!(first, second);
        assert!(second.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{second:?}");
    });
}

#[test]
fn a_look_that_fails_ends_no_ranking() {
    browse(Setup::default(), async |page| {
        // What looks at a picture's code is another network, which is not loaded yet.
        page.open("classifier=resnet18&unit=fc:goldfish&steps=2").await;
        page.until_done().await;
        open_more(&page).await;
        page.choose("start", "a picture of mine").await;
        page.site.break_file("weights/caffenet-64/classifier-caffenet.safetensors", Fault::Missing);
        page.run_script("document.querySelector('.rank').open = true", vec![]).await;
        let folder = folder_of_pictures(120);
        page.choose_path("Choose a folder …", folder.path()).await;
        page.until("some are ranked", |state| state.text.contains(" of 121 …")).await;
        page.run_script(CHOOSE, vec![json!("Choose a picture …"), plain("red.png", [200, 0, 0])]).await;
        let said = page.until_said(&["classifier-caffenet.safetensors", "missing"]).await;
        assert!(!said.contains("120 ranked."), "it was over before the look failed");
        page.until("all are ranked", |state| state.text.contains("120 ranked. One could not be read")).await;
    });
}

/// Runs in the worker before its own script: an answer waits until a frame of a later run has been sent.
pub const LATE_ANSWERS: &str = "
  const post = self.postMessage;
  const [held, runs] = [[], []];
  self.postMessage = (message, ...rest) => {
    if (message.Answered) return void held.push([message, ...rest]);
    post.call(self, message, ...rest);
    if (!message.Frame) return;
    runs.push(message.Frame.run);
    if (message.Frame.run > runs[0]) held.splice(0).forEach((late) => setTimeout(() => post.apply(self, late), 500));
  };
";

#[test]
fn an_animation_keeps_the_name_of_its_run_while_another_one_goes_on() {
    browse(Setup::default(), async |page| {
        page.site.break_file("worker.js", Fault::Prepended(LATE_ANSWERS.into()));
        page.open("unit=fc8:lion&seed=7&steps=3").await;
        page.until_done().await;
        page.run_script("document.querySelector('.saves').open = true", vec![]).await;
        page.press("Animation").await;
        page.run_script("document.querySelector('#neuron-0').click()", vec![]).await;
        page.press("Run").await;
        page.until_picture("the other run", |picture| picture.neuron.starts_with("goldfish")).await;
        let file = page.saved().await;
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("n02129165") && name.ends_with("seed-7.gif"), "{name}");
        let frames = GifDecoder::new(Cursor::new(std::fs::read(&file).unwrap())).unwrap().into_frames();
        assert_eq!(frames.collect_frames().unwrap().len(), 3);
    });
}

#[test]
fn a_large_picture_tells_its_run_as_any_other_does() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&steps=2").await;
        page.until_done().await;
        // Noise, so that the file is as large as its pixels.
        let noise = |x: u32, y: u32| {
            let value = (x + 2_500 * y).wrapping_mul(2_654_435_761);
            Rgb([(value >> 8) as u8, (value >> 16) as u8, (value >> 24) as u8])
        };
        let mut file = Cursor::new(Vec::new());
        RgbImage::from_fn(2_500, 2_500, noise).write_to(&mut file, ImageFormat::Png).unwrap();
        let run = "pack=caffenet-64&classifier=caffenet&unit=fc8:0&seed=5&steps=2";
        let file = dgn::stamp::write(file.into_inner(), run);
        assert!(file.len() > 16 << 20, "{} bytes", file.len());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.png");
        std::fs::write(&path, file).unwrap();
        page.drop_onto(".hero", &[&path]).await;
        page.until_picture("its run", |picture| picture.neuron.starts_with("goldfish") && picture.is_last()).await;
        assert!(page.state().await.address.contains("seed=5&steps=2"));
    });
}

/// A folder of small pictures, in it one that no person made, one that cannot be read, and a folder with a single picture.
fn folder_of_pictures(count: u8) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: String, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    std::fs::create_dir_all(folder.path().join("from the lake/in June")).unwrap();
    for number in 0..count - 1 {
        write(format!("{number}.png"), &two_halves(64, 64, [number, 100, 30], [40, 255 - number, 90]));
    }
    write("from the lake/in June/the fish.png".into(), &two_halves(80, 64, [240, 110, 10], [20, 60, 120]));
    write("from the lake/notes.txt".into(), b"no picture");
    write(".DS_Store".into(), b"what a system keeps there");
    folder
}

#[test]
fn a_folder_of_pictures_is_dropped_and_ranked() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&steps=2").await;
        page.until_done().await;
        // More than a browser tells of a folder at a time.
        let folder = folder_of_pictures(130);
        page.drop_onto(".rank summary", &[folder.path()]).await;
        page.until_said(&["130 ranked. One could not be read: notes.txt."]).await;
        let names: Vec<String> = serde_json::from_value(page.run_script(RANKED_NAMES, vec![]).await).unwrap();
        assert_eq!(names.len(), 9);
        // On the rest of the page, several pictures or a folder are ranked too; one alone is to start from.
        let other = folder_of_pictures(3);
        page.drop_onto(".hero", &[&other.path().join("0.png"), &other.path().join("1.png")]).await;
        page.until_said(&["2 ranked."]).await;
        page.drop_onto(".hero", &[&other.path().join("from the lake/in June")]).await;
        page.until_said(&["1 ranked."]).await;
        assert_eq!(page.run_script(RANKED_NAMES, vec![]).await, json!(["the fish.png"]));
        page.drop_onto(".hero", &[&other.path().join("0.png")]).await;
        page.until_said(&["Run starts from the picture"]).await;
        page.drop_onto(".rank summary", &[&other.path().join("0.png")]).await;
        let other_ranked = |state: &State| state.pictures.iter().any(|name| name == "0.png");
        page.until("the one picture is ranked", other_ranked).await;
        let empty = tempfile::tempdir().unwrap();
        page.drop_onto(".rank summary", &[empty.path()]).await;
        page.until_said(&["no file in that folder"]).await;
    });
}

#[test]
fn a_folder_of_pictures_is_chosen_and_its_ranking_cancelled() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&steps=2").await;
        page.until_done().await;
        page.run_script("document.querySelector('.rank').open = true", vec![]).await;
        let folder = folder_of_pictures(250);
        page.choose_path("Choose a folder …", folder.path()).await;
        page.until("some are ranked", |state| state.text.contains(" of 251 …") && !state.text.contains("0 of 251"))
            .await;
        page.press("Cancel").await;
        let state = page.until("it ends", |state| state.text.contains(" ranked.")).await;
        assert!(!state.text.contains("250 ranked."), "it was over before it was cancelled");
        // Those that were ranked stay.
        let names: Vec<String> = serde_json::from_value(page.run_script(RANKED_NAMES, vec![]).await).unwrap();
        assert_eq!(names.len(), 9);
    });
}

#[test]
fn pictures_that_come_before_the_networks_are_not_lost_in_silence() {
    browse(Setup::default(), async |page| {
        let folder = folder_of_pictures(3);
        page.site.break_file("engine_bg.wasm", Fault::Stalled);
        page.open("unit=fc8:goldfish&steps=2").await;
        page.until("half of it is there", |state| state.progress.iter().any(|bar| bar.share > Some(0.0))).await;
        page.drop_onto(".rank summary", &[folder.path()]).await;
        page.until_said(&["not loaded yet", "drop them again"]).await;
        page.press("Cancel").await;
        page.site.mend();
        page.press("Run").await;
        page.until_done().await;
        page.drop_onto(".rank summary", &[folder.path()]).await;
        page.until_said(&["3 ranked. One could not be read: notes.txt."]).await;
    });
}

#[test]
fn the_run_is_saved_as_an_animation_and_its_code_as_json() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&steps=5&seeds=4").await;
        page.until("all are done", |state| state.text.contains("step 5 of 5")).await;
        page.until_said(&["Done"]).await;
        page.run_script("document.querySelector('.saves').open = true", vec![]).await;
        page.press("Animation").await;
        page.until_said(&["saved"]).await;
        let file = page.saved().await;
        assert_eq!(file.extension().unwrap(), "gif");
        let frames = GifDecoder::new(Cursor::new(std::fs::read(&file).unwrap())).unwrap().into_frames();
        let frames = frames.collect_frames().unwrap();
        assert_eq!(frames.len(), 5);
        assert_ne!(frames[0].buffer().as_raw(), frames[4].buffer().as_raw());
        std::fs::remove_file(file).unwrap();

        page.run_script("document.querySelector('.saves').open = true", vec![]).await;
        page.press("Code").await;
        let file = page.saved().await;
        assert_eq!(file.extension().unwrap(), "json");
        let saved: Json = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert!(saved["query"].as_str().unwrap().contains("unit=fc8:34"), "{}", saved["query"]);
        assert_eq!(saved["spec"]["seeds"], json!(4));
        // As runs.json of the command line has it.
        let by = [&saved["engine"], &saved["version"], &saved["batch"]];
        assert_eq!(by, [&json!("cpu"), &json!(env!("CARGO_PKG_VERSION")), &json!(4)]);
        assert!(saved["device"].as_str().unwrap().contains("processor"), "{}", saved["device"]);
        let codes: Vec<Vec<f32>> = serde_json::from_value(saved["codes"].clone()).unwrap();
        assert_eq!(codes.iter().map(Vec::len).collect::<Vec<_>>(), [1024; 4]);
        assert_ne!(codes[0], codes[1]);
        std::fs::remove_file(file).unwrap();

        page.run_script("document.querySelector('.saves').open = true", vec![]).await;
        page.press("All pictures").await;
        let sheet = image::open(page.saved().await).unwrap();
        assert_eq!(sheet.width(), sheet.height());
        assert_eq!(sheet.width() % 128, 0);
    });
}

#[test]
fn several_neurons_are_put_together_by_hand() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&steps=2").await;
        page.until_done().await;
        open_more(&page).await;
        page.press("Add a neuron").await;
        page.run_script("document.querySelector('#neuron-34').click()", vec![]).await;
        let weight = page.expect("textbox", "Weight of lion").await;
        weight.clear().await.unwrap();
        weight.send_keys("-0.5\u{e004}").await.unwrap();
        page.press("Run").await;
        let both = "unit=fc8:0&unit=fc8:34*-0.5";
        page.until("both are run", |state| {
            state.address.contains(both) && state.text.contains("goldfish − 0.5 × lion")
        })
        .await;
        page.until_done().await;
        // A weight that is none has a sentence at its field while it stands there, and no run comes of it.
        let weight = page.expect("textbox", "Weight of lion").await;
        weight.clear().await.unwrap();
        weight.send_keys("0,3").await.unwrap();
        page.until("the sentence", |state| state.text.contains("“weight” is “0,3”, which is not a number")).await;
        page.press("Run").await;
        page.until_said(&["cannot be used", "“weight” is “0,3”"]).await;
        page.press("Dismiss").await;
        // The field has stayed, with what is in it.
        weight.clear().await.unwrap();
        weight.send_keys("0.30").await.unwrap();
        page.until("it is a number", |state| !state.text.contains("which is not a number")).await;
        page.press("Run").await;
        page.until("they are run", |state| state.address.contains("unit=fc8:0&unit=fc8:34*0.3&")).await;
        assert_eq!(weight.prop("value").await.unwrap().as_deref(), Some("0.30"));
        page.until_done().await;
        page.press("Remove").await;
        page.press("Run").await;
        page.until("one is left", |state| state.address.matches("unit=").count() == 1).await;
    });
}

#[test]
fn a_convolutional_unit_shows_the_part_that_it_sees() {
    browse(Setup::default(), async |page| {
        page.open("unit=conv2:3@4,5&steps=2").await;
        page.until_done().await;
        let state = page.until("the part", |state| state.text.contains("what the unit sees of it")).await;
        assert!(state.address.contains("@4,5"));
        let size =
            "const canvas = document.querySelector('.receptive-field canvas'); return [canvas.width, canvas.height]";
        let size: [u32; 2] = serde_json::from_value(page.run_script(size, vec![]).await).unwrap();
        assert!(size.iter().all(|&side| side > 4 && side < 64), "{size:?}");
        // It is cut out of the picture where the frame lies.
        let agree = r#"
const part = document.querySelector(".receptive-field canvas"), whole = document.querySelector(".lane canvas");
const outline = document.querySelector(".outline").style;
const place = (share) => Math.round(parseFloat(share) * 0.64);
const cut = whole.getContext("2d").getImageData(place(outline.left), place(outline.top), part.width, part.height).data;
const seen = part.getContext("2d").getImageData(0, 0, part.width, part.height).data;
return cut.every((value, i) => value === seen[i]);
"#;
        assert_eq!(page.run_script(agree, vec![]).await, json!(true));
        page.open("unit=fc8:goldfish&steps=2").await;
        page.until_done().await;
        assert!(!page.state().await.text.contains("what the unit sees of it"));
    });
}

#[test]
fn presets_and_priors_fill_the_fields_in() {
    browse(Setup::default(), async |page| {
        page.open("steps=2").await;
        page.until_done().await;
        open_more(&page).await;
        page.choose("preset", "from a real image").await;
        assert_eq!(page.expect("textbox", "Steps").await.prop("value").await.unwrap().as_deref(), Some("30"));
        page.choose("preset", "PPGN").await;
        assert_ne!(page.expect("textbox", "Noise, ε3").await.prop("value").await.unwrap().as_deref(), Some("0"));
        page.choose("preset", "DGN-AM").await;
        page.choose("prior", "tv:2:1,jitter:9").await;
        let steps = page.expect("textbox", "Steps").await;
        steps.clear().await.unwrap();
        steps.send_keys("3").await.unwrap();
        page.press("Run").await;
        page.until("without the generator", |state| state.address.contains("prior=tv:2:1,jitter:9&")).await;
        page.until_done().await;
    });
}

#[test]
fn real_images_stand_beside_the_synthetic_one_where_the_pack_may_show_them() {
    browse(Setup::default(), async |page| {
        page.open("steps=2").await;
        page.until_done().await;
        open_more(&page).await;
        page.choose("pack", "fashion-mnist-28").await;
        page.until("the other pack", |state| {
            state.address.contains("pack=fashion-mnist-28") && state.picture().is_some()
        })
        .await;
        page.open("pack=fashion-mnist-28&unit=fc5:sneaker&steps=20").await;
        let done = page.until_done().await;
        assert!(done.neuron.starts_with("sneaker"), "{done:?}");
        page.until("the real images", |state| state.text.contains("Real images that excite it most")).await;
        let tiles = "return [...document.querySelectorAll('.examples span')].map((tile) => tile.style.cssText)";
        let tiles: Vec<String> = serde_json::from_value(page.run_script(tiles, vec![]).await).unwrap();
        assert_eq!(tiles.len(), 9);
        assert!(tiles.iter().all(|tile| tile.contains("weights/fashion-mnist-28/examples-caffenet.png")), "{tiles:?}");
        let loaded = "return fetch('weights/fashion-mnist-28/examples-caffenet.png').then((answer) => answer.status)";
        assert_eq!(page.run_script(loaded, vec![]).await, json!(200));
        super::layout::keep_screenshot(&page, "fashion").await;
        // Another unit has others; several together have none.
        page.open("pack=fashion-mnist-28&unit=conv2:5&steps=3").await;
        page.until_done().await;
        let other = "return [...document.querySelectorAll('.examples span')].map((tile) => tile.style.cssText)";
        page.until("its images", |state| state.text.contains("Real images that excite it most")).await;
        let other: Vec<String> = serde_json::from_value(page.run_script(other, vec![]).await).unwrap();
        assert_ne!(tiles, other);
        page.open("pack=fashion-mnist-28&unit=fc5:0&unit=fc5:1&steps=2").await;
        page.until_done().await;
        assert!(!page.state().await.text.contains("Real images that excite it most"));
    });
}
