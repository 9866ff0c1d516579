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
            ("lr=0,3", "from 0 to 3; a decimal is written with a point: 0.3"),
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

#[test]
fn an_address_is_read_as_it_was_meant() {
    browse(Setup::default(), async |page| {
        let lion = "pack=caffenet-64&unit=fc8:n02129165&steps=2&seed=7";
        let encoded = lion.replace('&', "%26").replace('=', "%3D").replace(':', "%3A");
        let meant = [lion.replace('&', "&amp;"), lion.replace("seed", "SEED").replace("unit", "Unit"), encoded];
        for query in meant {
            page.open_as_it_is(&query).await;
            assert_eq!(page.until_done().await.neuron, "lion (n02129165)", "{query}");
            let state = page.state().await;
            assert!(
                state.alerts.is_empty() && state.address.contains("seed=7&steps=2&"),
                "{query}\n{}",
                state.describe()
            );
        }
        // What means nothing is named once, and the run goes on; what stands beside a refusal is named too.
        page.open("neuron=3&Neuron=4&steps=2&unit=fc8:n02129165&engine=cpu").await;
        let said = page.until_said(&["means nothing here", "“neuron”"]).await;
        assert_eq!((said.matches("“neuron”").count(), said.contains("engine”")), (1, false), "{said}");
        assert_eq!(page.until_done().await.neuron, "lion (n02129165)");
        page.open("neuron=3&steps=0").await;
        page.until_said(&["between 1 and 1000", "“neuron”"]).await;
        // That a picture is missing stands beside it, for as long as it is.
        page.open("neuron=3&start=image&steps=2").await;
        page.until_said(&["no link can hold", "“neuron”"]).await;
        page.choose("start", "noise").await;
        let said =
            page.until("what is left", |state| !state.said().contains("no link can hold")).await.alerts.join(" ");
        assert!(said.contains("“neuron”"), "{said}");
        // A classifier alone is asked for the class that is shown first, and all else is kept.
        page.open("classifier=resnet18&seed=7&steps=2").await;
        assert_eq!(page.until_done().await.neuron, "goldfish (n01443537)");
        let state = page.state().await;
        let asked =
            ["classifier=resnet18&unit=fc:0&", "seed=7&steps=2&"].iter().all(|part| state.address.contains(part));
        assert!(asked && state.alerts.is_empty(), "{}", state.describe());
    });
}
