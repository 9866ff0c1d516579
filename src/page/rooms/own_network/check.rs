//! What the network sees in the pictures that come with the page, so that a wrong choice is seen.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::state::{Made, OwnNetwork, Seen};
use crate::{
    engine::protocol::Own,
    pack::manifest::{ClassifierEntry, Manifest},
    page::{
        browser::{canvas, site},
        root::Problem,
        words,
    },
    picture::{Guess, Pixels as Image},
};

/// What was made, where the engine finds it.
pub(super) fn network(room: OwnNetwork) -> Option<(Own, Arc<ClassifierEntry>, u64)> {
    let Made { json, entry } = room.made.get_untracked()?;
    let (address, size) = room.inner.with_value(|inner| inner.weights.clone())?;
    Some((Own { json, weights: (entry.weights.file.clone(), address) }, entry, size))
}

/// Asks the engine what the network sees in the pictures that come with the page.
pub(super) fn look(room: OwnNetwork) {
    let (Some((network, entry, _)), Some(pack)) = (network(room), room.root.pack.get_untracked()) else { return };
    if room.inner.with_value(|inner| inner.has_ended) {
        return room.seen.set(Seen::Not(words::ended_while_checked().into()));
    }
    let number = room.inner.try_update_value(|inner| {
        inner.looking = inner.looking.wrapping_add(1);
        inner.looking
    });
    room.seen.set(Seen::Soon);
    spawn_local(async move {
        let seen = match samples(room, &pack).await {
            Ok(samples) => Ok(room.root.classify(network, samples).await),
            Err(said) => Err(said),
        };
        // Only the last question counts.
        if Some(room.inner.with_value(|inner| inner.looking)) != number {
            return;
        }
        let name = |guess: Guess| {
            let class = entry.classes.get(guess.class as usize);
            (class.map(words::class).unwrap_or_default(), guess.probability)
        };
        let names = |seen: Vec<Vec<Guess>>| seen.into_iter().map(|seen| seen.into_iter().map(name).collect()).collect();
        room.seen.set(match seen {
            Ok(Ok(Some(seen))) => Seen::Classes(names(seen)),
            Ok(Ok(None)) => Seen::Not(words::no_room_to_check().into()),
            Ok(Err(Problem::Refused(error))) => Seen::Not(words::failed(&error)),
            // The next engine is asked once it is there.
            Ok(Err(Problem::Nobody)) => Seen::Later,
            // Perhaps over this very question.
            Ok(Err(Problem::Ended)) => {
                room.inner.update_value(|inner| inner.has_ended = true);
                Seen::Not(words::ended_while_checked().into())
            }
            Err(said) => Seen::Not(said),
        });
    });
}

/// The pictures that come with the page, at the size of the pack's.
async fn samples(room: OwnNetwork, pack: &Manifest) -> Result<Vec<Image>, String> {
    let known = room.inner.with_value(|inner| inner.samples.clone());
    if let Some((_, known)) = known.filter(|(image, _)| *image == pack.image) {
        return Ok(known);
    }
    let mut samples = Vec::new();
    for (name, title) in words::samples() {
        let file = site::sample(name).await?;
        samples.push(canvas::of_file(&file, pack.image).await.map_err(|unfit| unfit.said(title))?);
    }
    room.inner.update_value(|inner| inner.samples = Some((pack.image, samples.clone())));
    Ok(samples)
}
