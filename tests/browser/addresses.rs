//! Addresses that ask for what cannot be: a sentence, and a page that works.

use super::browser::{Setup, browse};

#[test]
fn an_impossible_address_is_answered_with_a_sentence_and_the_defaults() {
    browse(Setup::default(), async |page| {
        let cases = [
            ("steps=0", "between 1 and 1000"),
            ("steps=1e99", "not a number"),
            ("steps=99999999999999999999", "not a number"),
            ("seed=-1", "not a number"),
            ("seed=%F0%9F%90%9F", "not a number"),
            ("seed=1&seed=2", "more than once"),
            ("lr=-1", "learning rate"),
            ("lr=NaN", "learning rate"),
            ("decay=1.5", "decay"),
            ("clip=inf", "clip"),
            ("start=nowhere", "noise, zeros, mean"),
            ("prior=hope", "generator"),
            ("engine=quantum", "auto, cpu, webgpu"),
            ("unit=fc8:200", "0 to 199"),
            ("unit=fc8:unicorn", "unicorn"),
            ("unit=fc:1", "no layer “fc”"),
            ("unit=conv5:5@99,0", "no such position"),
            ("unit=fc8:1*0", "weight of unit"),
            ("unit=<script>alert(1)</script>", "does not name a unit"),
            ("classifier=vgg", "no classifier “vgg”"),
            ("pack=..%2F..%2Fetc", "not a pack’s name"),
            ("pack=nowhere", "nowhere"),
        ];
        for (query, sentence) in cases {
            page.open(query).await;
            let plain = |text: &str| text.replace('’', "'").to_lowercase();
            let state = page.until(query, |state| plain(&state.alerts.join(" ")).contains(&plain(sentence))).await;
            assert!(state.buttons.iter().any(|button| button.name == "Run"), "{query}\n{}", state.describe());
        }
        // The last of them is as usable as any.
        page.until_picture("the defaults run", |picture| picture.neuron.starts_with("goldfish")).await;
        page.press("Dismiss").await;
        page.until("the alert is gone", |state| state.alerts.is_empty()).await;
    });
}

#[test]
fn what_other_sites_add_to_an_address_does_not_matter() {
    browse(Setup::default(), async |page| {
        page.open("utm_source=mail&fbclid=%00%ff&steps=2&unit=fc8:n02129165").await;
        assert_eq!(page.until_done().await.neuron, "lion (n02129165)");
        assert!(page.state().await.alerts.is_empty());
    });
}
