//! The stable names of every fault that [`super::Diagnostic`] can report.

/// What becomes of a lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not reported.
    Allow,
    /// Reported as a warning.
    Warn,
    /// Reported as an error.
    Deny,
}

/// Declares [`Code`] with its stable text and a one-line meaning; `lint(Level)` makes it a lint with
/// that level where the user says nothing.
macro_rules! codes {
    (@level) => { None };
    (@level $level:ident) => { Some(Level::$level) };
    ($($variant:ident $text:literal $meaning:literal $(lint($level:ident))?;)*) => {
        /// Names a fault. The text is stable over releases: CI configurations depend on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The stable text, as shown in `[brackets]`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// What the code means, one line.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning,)* }
            }

            /// What it means, an example, and how to mend it: Markdown without a heading. The first
            /// block of YAML has the fault, the second is mended.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Code::$variant => include_str!(concat!("explain/", $text, ".md")),)*
                }
            }

            /// The level of a lint where the user says nothing; `None` for what is always an error.
            pub fn lint(self) -> Option<Level> {
                match self { $(Code::$variant => codes!(@level $($level)?),)* }
            }
        }
    };
}

impl Code {
    /// The code of that text.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// Every lint, in the order of the documentation.
    pub fn lints() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|code| code.lint().is_some())
    }
}

codes! {
    // The file as such.
    NotUtf8 "not-utf8" "the file is not UTF-8 text";
    TooLarge "too-large" "the file is larger than a config may be";
    YamlSyntax "yaml-syntax" "the file is not valid YAML";
    AliasBomb "alias-bomb" "YAML aliases expand to more than a config may hold";
    // Its shape.
    UnknownKey "unknown-key" "a key that the config language does not have";
    MissingKey "missing-key" "a required key is absent";
    ConflictingKeys "conflicting-keys" "two keys stand together that exclude each other";
    DuplicateKey "duplicate-key" "a key stands twice in one mapping";
    WrongType "wrong-type" "a value of the wrong shape, such as a list where text is expected";
    UnsupportedVersion "unsupported-version" "the config language version is not one that this runner knows";
    BadName "bad-name" "a name that is not an identifier, is too long or is reserved";
    DuplicateName "duplicate-name" "two probes, or two fields of a probe, have one name";
    Empty "empty" "a list that must hold something is empty";
    BadTypes "bad-types" "a C declaration that does not parse or cannot be laid out";
    RecursiveType "recursive-type" "a structure that would hold itself";
    BadDecoder "bad-decoder" "an `as:` that names no decoder, or is not written as its decoder demands";
    BadParam "bad-param" "a parameter without a value, or with one that its type does not have";
    BadNumber "bad-number" "a number out of range or not a number";
    ForgottenQuote "forgotten-quote" "YAML took an expression for something else; it needs quotes";
    // Hooks.
    BadHook "bad-hook" "a hook that is not written as its kind demands";
    UnknownHookKind "unknown-hook-kind" "a hook kind that does not exist";
    UnknownHook "unknown-hook" "a hook that this kernel does not have";
    HookUnavailable "hook-unavailable" "a hook that this kernel cannot attach";
    // Expressions.
    ExprSyntax "expr-syntax" "an expression that does not parse";
    UnknownName "unknown-name" "a name that is neither a builtin nor an argument of the hook";
    UnknownMember "unknown-member" "a structure has no such member";
    UnknownType "unknown-type" "a type that the kernel's BTF does not have";
    AmbiguousType "ambiguous-type" "several types of that name exist";
    UnknownParam "unknown-param" "a parameter that is not declared";
    UnknownFunction "unknown-function" "a function that expressions do not have";
    BadCall "bad-call" "a function called with the wrong number or kind of arguments";
    NotAPointer "not-a-pointer" "a value is used as a pointer but is not one";
    NotAStructure "not-a-structure" "a member of something that has none";
    PerCpuPointer "per-cpu-pointer" "a per-CPU pointer is used as if it were a plain one";
    NotAddressable "not-addressable" "the address of something that does not stand in memory";
    OutOfBounds "out-of-bounds" "an array has no element of that index";
    NoSize "no-size" "the size of something that has none";
    BadCast "bad-cast" "a cast that C does not have";
    BadShift "bad-shift" "a shift by a negative number, or by more bits than there are";
    DivisionByZero "division-by-zero" "a division by the constant zero";
    StringMismatch "string-mismatch" "a string meets what is none, or two strings cannot be compared so";
    StringTooLong "string-too-long" "a string literal that is longer than it may be, or than what it is compared with";
    TypeMismatch "type-mismatch" "an operator is given operands that it does not take";
    BadPattern "bad-pattern" "a pattern behind `~` that is not well written or can never fit";
    NotAvailable "not-available" "a name that exists but has no value at this kind of hook";
    VariantMismatch "variant-mismatch" "alternatives of one probe give different fields or types";
    NoTypes "no-types" "the kernel has no type information for what is asked";
    Unsupported "unsupported" "valid, but beyond what this version can compile";
    EventTooLarge "event-too-large" "an event of the probe does not fit into the kernel's maps";
    UnknownFlags "unknown-flags" "a prefix of constants that name no flags";
    // Output.
    DecoderMismatch "decoder-mismatch" "an `as:` that does not fit the type of its field";
    BadPrint "bad-print" "a print format that does not parse or names an unknown field";
    // Tests beside the config.
    UnknownProbe "unknown-probe" "a test names a probe that the config does not have";
    UnknownField "unknown-field" "a test names a field that its probe does not have";
    BadMatcher "bad-matcher" "what a test expects of a field is not well written, or can never be";
    BadVariable "bad-variable" "a `$` in a test that begins none of its variables";
    BadTime "bad-time" "a time without a unit, out of range, or not a time";
    // Run time faults that have a line in the config.
    Verifier "verifier" "the kernel's verifier refused the program";
    // Lints: what runs, but may not do what is wanted.
    MissingDescription "missing-description" "a config that does not say what question it answers"
        lint(Warn);
    HotHook "hot-hook" "a hook that fires extremely often, without a filter" lint(Warn);
    UnstableHook "unstable-hook" "a kernel function where a stable tracepoint gives the same"
        lint(Warn);
    AbsentHook "absent-hook" "an alternative that none of the kernels given has" lint(Warn);
    BroadGlob "broad-glob" "a pattern that is attached to very many places" lint(Warn);
    UnusedParam "unused-param" "a parameter that no expression uses" lint(Warn);
    PositionalArgument "positional-argument" "an argument used by its position instead of a name"
        lint(Warn);
    AmbiguousName "ambiguous-name" "a name that is both a builtin and an argument of the hook"
        lint(Warn);
    TruncatedString "truncated-string" "a string that may be longer than what is kept of it"
        lint(Warn);
    AlwaysNull "always-null" "a field that is null in every event on some kernel" lint(Warn);
    UnusedAllow "unused-allow" "a `# runner: allow(…)` that silences nothing" lint(Warn);
    BadDirective "bad-directive" "a `# runner:` comment that is not understood";
}
