//! The keys of each mapping in the order of the tables.

use std::collections::HashSet;

use super::tree::{Collection, Entry, Kind, Node};
use crate::config::keys::{CONFIG, Nested, Table};
use crate::config::scalar::Style;

/// Orders the keys of the whole config. Keys that the tables do not have stay behind those before them.
pub fn order(root: &mut Node) {
    // What stands between the header and the first key stays there.
    let gap = with_keys(root).and_then(|root| root.entries.first_mut()).map(Entry::above);
    let gap = gap.is_some_and(std::mem::take);
    // An alias must not come before its anchor.
    if !has_alias(root) {
        mapping(root, &CONFIG);
    }
    if let Some(first) = with_keys(root).and_then(|root| root.entries.first_mut()) {
        *first.above() |= gap;
    }
    hoist(root);
}

/// Comments above the first key of a list's entry go above its dash: behind it is no place for them.
fn hoist(node: &mut Node) {
    let Kind::Collection(collection) = &mut node.kind else { return };
    for entry in &mut collection.entries {
        hoist(&mut entry.value);
        if let (None, Kind::Collection(inner)) = (&entry.key, &mut entry.value.kind)
            && let Some(first) = inner.entries.first_mut()
        {
            entry.leading.append(&mut first.leading);
        }
    }
}

fn has_alias(node: &Node) -> bool {
    match &node.kind {
        Kind::Alias(_) => true,
        Kind::Collection(collection) => collection
            .entries
            .iter()
            .any(|entry| has_alias(&entry.value) || entry.key.as_ref().is_some_and(has_alias)),
        _ => false,
    }
}

/// A mapping with the keys of `table`.
fn mapping(node: &mut Node, table: &'static Table) {
    let Some(collection) = with_keys(node) else { return };
    let place = |key: &Option<Node>| {
        let name = key.as_ref().and_then(name);
        name.and_then(|name| table.keys.iter().position(|key| key.name == name))
    };
    let mut names = HashSet::new();
    // Of two that have one name, the second is the fault.
    if collection.entries.iter().all(|entry| names.insert(entry.key.as_ref().and_then(name))) {
        let entries = std::mem::take(&mut collection.entries);
        let mut last = None;
        let places = entries.iter().map(|entry| {
            // One that is not known follows the one before it.
            last = place(&entry.key).or(last);
            last
        });
        let places: Vec<_> = places.collect();
        let mut placed: Vec<_> = places.into_iter().zip(entries).collect();
        placed.sort_by_key(|(place, _)| *place);
        collection.entries = placed.into_iter().map(|(_, entry)| entry).collect();
    }
    for entry in &mut collection.entries {
        let known = place(&entry.key).and_then(|place| table.keys.get(place));
        match known.map(|key| key.shape.nested()) {
            Some(Nested::Itself(table)) => mapping(&mut entry.value, table),
            Some(Nested::Items(table)) => each(&mut entry.value, |item| mapping(item, table)),
            Some(Nested::ItemValues(table)) => each(&mut entry.value, |item| {
                if with_keys(item).is_some() {
                    each(item, |value| mapping(value, table));
                }
            }),
            Some(Nested::Nothing) | None => {}
        }
    }
}

fn with_keys(node: &mut Node) -> Option<&mut Collection> {
    match &mut node.kind {
        Kind::Collection(collection) if collection.mapping => Some(collection),
        _ => None,
    }
}

/// Each value of a list or mapping.
fn each(node: &mut Node, change: impl Fn(&mut Node)) {
    if let Kind::Collection(collection) = &mut node.kind {
        collection.entries.iter_mut().for_each(|entry| change(&mut entry.value));
    }
}

/// The text of a key, however it is quoted.
fn name(key: &Node) -> Option<&str> {
    match &key.kind {
        Kind::Scalar(scalar) if scalar.style != Style::Block => Some(&scalar.text),
        _ => None,
    }
}
