//! How a slot's value is shown to people. What lies in the record is [`super::SlotKind`]'s.

/// How a slot's value is shown to people, where its bare form is not what they want to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Show {
    /// As it is.
    #[default]
    Plain,
    /// In decimal.
    Dec,
    /// In hexadecimal.
    Hex,
    /// In octal.
    Oct,
}
