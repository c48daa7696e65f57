//! Comments to the entries that they belong to.
//!
//! In: a tree and the comments of its file, both with their places. Out: the [`Document`]. A comment
//! behind something on its line stays behind it. One on a line of its own belongs to the entry below
//! it, or, if it stands further to the right than that, to the end of the list or mapping above.

use std::collections::VecDeque;

use super::tree::{Collection, Comment, Document, Entry, Kind, Node, document_end, line_start};

/// The document of `root` and the `comments` of its file, which holds `text`.
pub fn attach(text: &str, mut root: Node, comments: Vec<Comment>) -> Document {
    let mut attacher = Attacher { text, comments: comments.into() };
    let header = attacher.before(root.start);
    let mut foot = Vec::new();
    if let Kind::Collection(collection) = &mut root.kind {
        attacher.collection(collection, root.end);
        let rest = attacher.before(document_end(text));
        match collection.entries.last_mut() {
            Some(last) => attacher.between(last, rest, collection.column, &mut foot),
            None => foot.extend(rest),
        }
        foot.splice(0..0, std::mem::take(&mut collection.foot));
    }
    foot.extend(attacher.comments);
    Document { header, root, foot }
}

struct Attacher<'a> {
    text: &'a str,
    /// Those that have no place yet.
    comments: VecDeque<Comment>,
}

impl Attacher<'_> {
    /// Those that stand before byte `end`.
    fn before(&mut self, end: usize) -> Vec<Comment> {
        let count = self.comments.iter().take_while(|comment| comment.start < end).count();
        self.comments.drain(..count).collect()
    }

    fn same_line(&self, a: usize, b: usize) -> bool {
        line_start(self.text, a) == line_start(self.text, b)
    }

    fn column(&self, comment: &Comment) -> usize {
        comment.start - line_start(self.text, comment.start)
    }

    /// Attaches all comments within a collection that ends at byte `end`.
    fn collection(&mut self, collection: &mut Collection, end: usize) {
        for index in 0..collection.entries.len() {
            let (above, below) = collection.entries.split_at_mut(index);
            let Some(entry) = below.first_mut() else { break };
            let comments = self.before(entry.start);
            match above.last_mut() {
                // Within brackets, indentation says nothing.
                Some(last) if collection.flow => {
                    self.behind(last, comments, &mut entry.leading);
                }
                Some(last) => self.between(last, comments, collection.column, &mut entry.leading),
                None => entry.leading.extend(comments),
            }
            self.entry(entry);
        }
        if collection.flow {
            let comments = self.before(end);
            match collection.entries.last_mut() {
                Some(last) => self.behind(last, comments, &mut collection.foot),
                None => collection.foot.extend(comments),
            }
        }
    }

    /// Attaches the comments within one entry.
    fn entry(&mut self, entry: &mut Entry) {
        let within = self.before(entry.value.inner);
        let key_end = entry.key.as_ref().map(|key| key.end);
        let behind_key =
            |comment: &Comment| key_end.is_some_and(|end| self.same_line(end, comment.start));
        match entry.value.block_mut().and_then(|block| block.entries.first_mut()) {
            Some(first) if key_end.is_some() => {
                let (behind, below): (Vec<_>, Vec<_>) = within.into_iter().partition(behind_key);
                entry.trailing = behind.into_iter().next();
                first.leading.extend(below);
            }
            // A text is put on the line of its key, and the comment behind that.
            _ if within.len() == 1 && within.iter().all(behind_key) => {
                entry.trailing = within.into_iter().next();
            }
            _ => entry.leading.extend(within),
        }
        let end = entry.value.end;
        if let Kind::Collection(collection) = &mut entry.value.kind {
            self.collection(collection, end);
            if collection.entries.is_empty() {
                // There is no place between brackets that hold nothing.
                for comment in std::mem::take(&mut collection.foot) {
                    put_behind(entry, comment);
                }
            }
        }
    }

    /// Comments below `last`: one on its line goes behind it, the others to what is `next`.
    fn behind(&self, last: &mut Entry, comments: Vec<Comment>, next: &mut Vec<Comment>) {
        for comment in comments {
            if self.same_line(last.value.end, comment.start) {
                put_behind(last, comment);
            } else {
                next.push(comment);
            }
        }
    }

    /// As [`Self::behind`], where lines are told apart by indentation. `column` is that of what is
    /// `next`.
    fn between(
        &self,
        last: &mut Entry,
        comments: Vec<Comment>,
        column: usize,
        next: &mut Vec<Comment>,
    ) {
        // Once a comment has gone further out, those below it cannot go further in.
        let mut limit = usize::MAX;
        for comment in comments {
            if self.same_line(last.value.end, comment.start) {
                put_at_end(last, comment);
                continue;
            }
            limit = limit.min(self.column(&comment));
            match foot(last, column, limit) {
                Some(foot) => foot.push(comment),
                None => {
                    limit = 0;
                    next.push(comment);
                }
            }
        }
    }
}

/// The place behind `entry`; what stands there already goes above it.
fn put_behind(entry: &mut Entry, comment: Comment) {
    entry.leading.extend(entry.trailing.replace(comment));
}

/// As [`put_behind`], for the entry that the last line of `entry` belongs to.
fn put_at_end(entry: &mut Entry, comment: Comment) {
    match entry.value.block_mut().and_then(|block| block.entries.last_mut()) {
        Some(last) => put_at_end(last, comment),
        None => put_behind(entry, comment),
    }
}

/// The foot of the collection at the end of `entry` that a comment in `column` belongs to: the
/// innermost that begins there or to the left of it, but to the right of `outer`.
fn foot(entry: &mut Entry, outer: usize, column: usize) -> Option<&mut Vec<Comment>> {
    let block = entry.value.block_mut()?;
    if block.column > column || column <= outer {
        return None;
    }
    let inner = block.column;
    let deeper = block.entries.last().and_then(|last| last.value.block());
    if deeper.is_some_and(|deeper| deeper.column <= column && inner < column) {
        return foot(block.entries.last_mut()?, inner, column);
    }
    Some(&mut block.foot)
}
