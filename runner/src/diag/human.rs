//! [`Faults`] to text for people: the message, file:line:col, the line, a caret, notes and help.

use super::Faults;

/// How to dress the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours, for a terminal.
    Ansi,
}

/// All faults, in order of their place, as text that ends in a newline.
pub fn render(_faults: &Faults, _style: Style) -> String {
    String::new()
}
