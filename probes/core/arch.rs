//! Inline assembly.

/// One or more instructions; the compiler's own.
#[rustc_builtin_macro]
pub macro asm("assembly template", $(operands,)* $(options($(option),*))?) {}
