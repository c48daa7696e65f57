//! An object becomes maps and programs in the kernel.
//!
//! In: the bytes of an ELF object and [`Options`]. Out: [`Loaded`], which holds everything that the
//! kernel gave, or a [`LoadError`]. Nothing is attached and nothing pinned: all goes with the
//! process.

use std::collections::{BTreeMap, HashSet};
use std::os::fd::{AsFd, AsRawFd};
use std::path::PathBuf;

use aya_obj::btf::{Btf, BtfError, BtfRelocationError};
use aya_obj::relocation::EbpfRelocationError;
use aya_obj::{Object, ParseError};

use super::map::{self, Map, MapError};
use super::privilege::{KernelError, kernel_version};
use super::program::{self, Common, Failure, Program, Variant};
use super::{btf, undefined};

/// What may differ from the object.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Sizes of maps by name; for a ring, bytes (rounded up to a power of two of pages).
    pub max_entries: BTreeMap<String, u32>,
    /// Programs that are loaded otherwise than once and as they are, by the name of the function.
    pub variants: BTreeMap<String, Vec<Variant>>,
    /// The kernel's BTF for the object's CO-RE records; by default `/sys/kernel/btf/vmlinux`.
    pub kernel_btf: Option<PathBuf>,
}

/// The maps and programs of one object, in the kernel.
#[derive(Debug)]
pub struct Loaded {
    programs: BTreeMap<String, Vec<Program>>,
    maps: BTreeMap<String, Map>,
    btf_refused: Option<String>,
}

impl Loaded {
    /// The program whose function bears that name, in the first of its variants.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.variant(name, 0)
    }

    /// One of the variants of a program.
    pub fn variant(&self, name: &str, index: usize) -> Option<&Program> {
        self.programs.get(name)?.get(index)
    }

    /// All programs, by name.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        self.programs.values().flatten()
    }

    /// The map of that name; a data section's is the section's, such as `.bss`.
    pub fn map(&self, name: &str) -> Option<&Map> {
        self.maps.get(name)
    }

    /// All maps, by name.
    pub fn maps(&self) -> impl Iterator<Item = &Map> {
        self.maps.values()
    }

    /// Why the kernel would not take the object's BTF, if so: logs then lack source lines.
    pub fn btf_refused(&self) -> Option<&str> {
        self.btf_refused.as_deref()
    }
}

/// Why an object did not load.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is not an object that could be loaded.
    #[error("failed to parse the object")]
    Parse {
        /// Why.
        #[from]
        source: ParseError,
    },
    /// It holds no program.
    #[error("failed to find a program in the object")]
    Empty,
    /// It refers to what is nowhere defined.
    #[error("failed to resolve `{}`: the object refers to it, but nothing defines it", symbols.join("`, `"))]
    Undefined {
        /// The names.
        symbols: Vec<String>,
    },
    /// A map failed.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The kernel's types, which the object's CO-RE records need, could not be read.
    #[error("failed to read the kernel's BTF from `{}`", path.display())]
    KernelBtf {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BtfError,
    },
    /// A CO-RE record has no match in the kernel's types.
    #[error("failed to match the object's types with the kernel's")]
    Types {
        /// Why.
        #[from]
        source: BtfRelocationError,
    },
    /// A reference to a map or a function could not be resolved.
    #[error("failed to link the object")]
    Link {
        /// Why.
        #[from]
        source: EbpfRelocationError,
    },
    /// A program stands in a section that means no kind of program known here.
    #[error("failed to load program `{program}`: its section is of an unsupported kind")]
    Section {
        /// Its function.
        program: String,
    },
    /// The verifier refused a program.
    #[error("failed to load program `{program}`: the kernel's verifier refused it")]
    Verifier {
        /// Its function.
        program: String,
        /// What the kernel answered.
        errno: i32,
        /// The verifier's log, whole.
        log: String,
    },
    /// The kernel refused a program before its verifier saw it.
    #[error("failed to load program `{program}`")]
    Program {
        /// Its function.
        program: String,
        /// Why.
        source: KernelError,
    },
}

/// Loads all maps and programs of `object` into the kernel.
pub fn load(object: &[u8], options: &Options) -> Result<Loaded, LoadError> {
    let mut parsed = parse(object)?;
    relocate_types(&mut parsed, options)?;
    let btf = btf::load(&mut parsed);
    let maps = create_maps(&mut parsed, options, &btf)?;
    link(&mut parsed, &maps)?;
    let programs = load_programs(&parsed, &btf, options)?;
    Ok(Loaded { programs, maps, btf_refused: btf.refused })
}

fn parse(object: &[u8]) -> Result<Object, LoadError> {
    let parsed = Object::parse(object)?;
    if parsed.programs.is_empty() {
        return Err(LoadError::Empty);
    }
    let symbols = undefined::symbols(object);
    if symbols.is_empty() { Ok(parsed) } else { Err(LoadError::Undefined { symbols }) }
}

/// Applies CO-RE records, if there are any: reading the kernel's BTF costs some 10 ms.
fn relocate_types(object: &mut Object, options: &Options) -> Result<(), LoadError> {
    if !object.has_btf_relocations() {
        return Ok(());
    }
    let path = options.kernel_btf.clone().unwrap_or_else(|| "/sys/kernel/btf/vmlinux".into());
    let kernel = Btf::parse_file(&path, object.endianness)
        .map_err(|source| LoadError::KernelBtf { path, source })?;
    Ok(object.relocate_btf(&kernel)?)
}

fn create_maps(
    object: &mut Object,
    options: &Options,
    btf: &btf::ObjectBtf,
) -> Result<BTreeMap<String, Map>, LoadError> {
    let btf = btf.fd.as_ref().map(|fd| fd.as_fd());
    // An empty data section can have no references, and no map can be empty.
    object.maps.retain(|_, map| map.symbol_index().is_some() || map.value_size() > 0);
    let mut maps = BTreeMap::new();
    for (name, definition) in &object.maps {
        let entries = options.max_entries.get(name).copied();
        maps.insert(name.clone(), map::create(name, definition, entries, btf)?);
    }
    Ok(maps)
}

/// Puts the maps' descriptors and the called functions into the programs.
fn link(object: &mut Object, maps: &BTreeMap<String, Map>) -> Result<(), LoadError> {
    let sections: HashSet<usize> = object.functions.keys().map(|(section, _)| *section).collect();
    let definitions = object.maps.clone();
    let references = definitions.iter().filter_map(|(name, definition)| {
        Some((name.as_str(), maps.get(name)?.as_fd().as_raw_fd(), definition))
    });
    object.relocate_maps(references, &sections)?;
    Ok(object.relocate_calls(&sections)?)
}

fn load_programs(
    object: &Object,
    btf: &btf::ObjectBtf,
    options: &Options,
) -> Result<BTreeMap<String, Vec<Program>>, LoadError> {
    let common = Common {
        license: object.license.clone(),
        kernel_version: object.kernel_version.unwrap_or_else(kernel_version),
        btf: btf.fd.as_ref().map(|fd| fd.as_fd()),
    };
    // By name, so that of several faulty programs always the same is reported.
    let sorted: BTreeMap<_, _> = object.programs.iter().collect();
    let mut programs = BTreeMap::new();
    for (name, definition) in sorted {
        let Some(function) = object.functions.get(&definition.function_key()) else { continue };
        let once = [Variant::default()];
        let variants = options.variants.get(name).map_or(&once[..], Vec::as_slice);
        let loaded: Result<Vec<_>, _> = variants
            .iter()
            .map(|variant| program::load(name, &definition.section, function, *variant, &common))
            .collect();
        programs.insert(name.clone(), loaded.map_err(|failure| describe(name, failure))?);
    }
    Ok(programs)
}

fn describe(name: &str, failure: Failure) -> LoadError {
    let program = name.to_owned();
    match failure {
        Failure::Section => LoadError::Section { program },
        Failure::Kernel { error, log } if log.is_empty() => {
            LoadError::Program { program, source: error.into() }
        }
        Failure::Kernel { error, log } => {
            LoadError::Verifier { program, errno: error.raw_os_error().unwrap_or(0), log }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn rubbish_is_refused() {
        assert!(matches!(load(b"", &Options::default()), Err(LoadError::Parse { .. })));
        assert!(matches!(load(b"\x7fELF", &Options::default()), Err(LoadError::Parse { .. })));
    }

    #[test]
    fn a_log_makes_it_the_verifiers_fault() {
        let failure = |errno, log: &str| Failure::Kernel {
            error: io::Error::from_raw_os_error(errno),
            log: log.to_owned(),
        };
        let error = describe("enter", failure(libc::EACCES, "R1 invalid mem access\n"));
        let LoadError::Verifier { program, errno, log } = error else { panic!("{error:?}") };
        assert_eq!((program.as_str(), errno), ("enter", libc::EACCES));
        assert_eq!(log, "R1 invalid mem access\n");

        let error = describe("enter", failure(libc::EPERM, ""));
        assert!(matches!(error, LoadError::Program { source: KernelError::Refused(_), .. }));
        let error = describe("enter", failure(libc::E2BIG, ""));
        assert!(matches!(error, LoadError::Program { source: KernelError::Os(_), .. }));
    }
}
