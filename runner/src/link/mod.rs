//! Object + types -> object for this kernel.
//!
//! In: the ELF object that rustc wrote, whose kernel offsets are undefined symbols, and the kernel's
//! BTF. Out: the same object with every such symbol written into its instructions as a number, so
//! that no undefined symbol is left. Nothing is loaded, and no symbol is ever guessed at.

mod object;
mod resolve;
#[cfg(test)]
pub(crate) mod testing;

use crate::facts::btf::{Btf, BtfError};

pub use object::ObjectError;
pub use resolve::ResolveError;

use object::Object;
use resolve::Resolver;

/// Why an object could not be made ready for this kernel.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Not an object that rustc writes.
    #[error("failed to read the compiled object")]
    Object(#[from] ObjectError),
    /// A name that stands for nothing in this kernel.
    #[error("failed to resolve `{symbol}`{}", hint(source))]
    Resolve {
        /// The undefined symbol, such as `core:byte_off:filename:name`.
        symbol: String,
        /// Why.
        source: ResolveError,
    },
    /// The program's own types are damaged.
    #[error("failed to read the compiled object's own types")]
    Btf(#[from] BtfError),
}

/// Writes what the undefined symbols of `object` stand for into its instructions.
///
/// `core:<kind>:<type>:<path>` comes from `btf`; any other symbol must be in `constants`, under its
/// whole name (`run:pid`). A symbol that is in neither is refused: the kernel would take a call to
/// it for one to the function that happens to have that number.
pub fn link(
    object: Vec<u8>,
    btf: Option<&Btf>,
    constants: &[(&str, u64)],
) -> Result<Vec<u8>, LinkError> {
    let mut object = Object::parse(object)?;
    let mut resolver = Resolver::new(btf, constants);
    let mut values = Vec::new();
    for (index, symbol) in object.undefined() {
        let value = resolver
            .value(symbol)
            .map_err(|source| LinkError::Resolve { symbol: symbol.to_owned(), source })?;
        values.push((*index, value));
    }
    object.patch(&values)?;
    clear_names(&mut object)?;
    Ok(object.into_bytes())
}

/// Compilers up to 1.92 give their pointer types names, for which the kernel refuses the whole BTF.
fn clear_names(object: &mut Object) -> Result<(), LinkError> {
    let Some(section) = object.section(".BTF") else { return Ok(()) };
    let bytes = object.bytes().get(section.clone()).unwrap_or_default();
    let btf = Btf::from_bytes(bytes.to_vec())?;
    for at in btf.refused_names() {
        object.write(section.start + at, &[0; 4])?;
    }
    Ok(())
}

/// "Did you mean", where there is a name near enough.
fn hint(source: &ResolveError) -> String {
    source.nearest().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
