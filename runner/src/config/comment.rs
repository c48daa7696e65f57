//! The comments of a config, of which YAML's own rules decide what is one.

use granit_parser::{Event, Parser};

use super::load;
use crate::diag::{Span, Spanned};

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// What follows the `#`, with its place.
    pub text: Spanned<String>,
    /// Nothing else stands on its line.
    pub alone: bool,
    /// It stands before everything that is not a comment.
    pub first: bool,
}

/// The comments of `text`, up to the first fault of the YAML.
pub fn comments(text: &str) -> Vec<Comment> {
    let mut options = load::options();
    options.set_emit_comments(true);
    let mut first = true;
    let mut found = Vec::new();
    let events = Parser::new_from_str_with_options(text, options);
    for (event, place) in events.map_while(Result::ok) {
        match event {
            Event::Comment(value, _) => {
                let bytes = place.byte_range().unwrap_or(0..0);
                let before = text.get(..bytes.start).unwrap_or_default();
                let line = before.rsplit('\n').next().unwrap_or_default();
                // The `#` is no part of the value.
                let span = Span::new(bytes.end.saturating_sub(value.len()), bytes.end);
                let text = Spanned { value: value.into_owned(), span };
                found.push(Comment { text, alone: line.trim_ascii().is_empty(), first });
            }
            Event::StreamStart | Event::DocumentStart(..) => {}
            _ => first = false,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_yaml_takes_for_a_comment_is_one() {
        let text = "# one\n\n  # two \nversion: 1 # three\na: '# no'\nb: |\n  # no\n  x#no\nc: {d: 1, # four\n e: 2}\n# five";
        let shown: Vec<_> = comments(text)
            .into_iter()
            .map(|comment| {
                let Spanned { value, span } = comment.text;
                assert_eq!(&text[span.start..span.end], value);
                (value, comment.alone, comment.first)
            })
            .collect();
        let expected = [
            (" one", true, true),
            (" two ", true, true),
            (" three", false, false),
            (" four", false, false),
            (" five", true, false),
        ];
        assert_eq!(shown, expected.map(|(text, alone, first)| (text.to_owned(), alone, first)));
        assert_eq!(comments("# \u{e4}\r\na: [").len(), 1);
        assert_eq!(comments("").len(), 0);
        assert_eq!(comments(&("# a\n".repeat(5000) + "b: 1")).len(), 5000);
    }
}
