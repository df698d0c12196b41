//! Checks whether a binary starts where Azure Functions runs it: x86-64 Linux with glibc 2.34,
//! without libraries that only the build machine has.
//!
//! The loader refuses a whole binary if one symbol needs a newer glibc, and on Azure that shows
//! only as a handler that never answers. This check finds it before anything is deployed.

use std::fmt;

use anyhow::{Result, bail, ensure};
use object::{Architecture, ImportFlags, NameOrOrdinal, Object, read::elf::ElfFile64};

/// The newest version of glibc that a binary may need.
const GLIBC: GlibcVersion = GlibcVersion(2, 34);

/// The libraries in the image of the Functions host: glibc's own, and GCC's unwinder.
const LIBRARIES: [&str; 7] = [
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
];

/// Fails if `binary` would not start, and says what is wrong and what to do.
pub fn check(binary: &[u8]) -> Result<()> {
    check_against(GLIBC, binary)
}

fn check_against(limit: GlibcVersion, binary: &[u8]) -> Result<()> {
    let Ok(elf) = ElfFile64::<object::Endianness>::parse(binary) else {
        bail!("it is not a 64-bit Linux binary: build it on Linux")
    };
    ensure!(
        elf.architecture() == Architecture::X86_64,
        "it is built for {:?}: build it on x86-64",
        elf.architecture()
    );
    for library in elf.import_libraries()? {
        let name = String::from_utf8_lossy(library?.name()).into_owned();
        ensure!(
            LIBRARIES.contains(&name.as_str()),
            "it needs the library {name}, which Azure does not have: link it statically"
        );
    }
    let needs = glibc_needs(&elf)?;
    if let Some(newest) = needs.iter().max_by_key(|need| need.version)
        && newest.version > limit
    {
        bail!(
            "it needs glibc {} for the symbol {} of {}, but Azure has only {limit}: build it on a \
             system with glibc {limit} or older, such as Debian 11",
            newest.version,
            newest.symbol,
            newest.library
        );
    }
    Ok(())
}

/// One symbol that is looked up in glibc with a version.
struct GlibcNeed {
    symbol: String,
    library: String,
    version: GlibcVersion,
}

fn glibc_needs(elf: &ElfFile64<'_>) -> Result<Vec<GlibcNeed>> {
    let mut needs = Vec::new();
    for import in elf.imports()? {
        let import = import?;
        if let ImportFlags::Elf {
            version: Some(version),
            ..
        } = import.flags()
            && let Some(version) = GlibcVersion::parse(version)
            && let NameOrOrdinal::Name(symbol) = import.name()
        {
            needs.push(GlibcNeed {
                symbol: String::from_utf8_lossy(symbol).into_owned(),
                library: String::from_utf8_lossy(import.library()).into_owned(),
                version,
            });
        }
    }
    Ok(needs)
}

/// A version of glibc's symbols. 2.2.5 counts as 2.2, because all of those are old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GlibcVersion(u32, u32);

impl GlibcVersion {
    /// Parses `GLIBC_2.34`. Other versions, such as GCC's, and `GLIBC_PRIVATE` give nothing.
    fn parse(version: &[u8]) -> Option<Self> {
        let version = str::from_utf8(version).ok()?.strip_prefix("GLIBC_")?;
        let mut parts = version.split('.').map(str::parse);
        Some(Self(parts.next()?.ok()?, parts.next()?.ok()?))
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test's own binary, which is a real one.
    fn binary() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    fn a_binary_within_the_limit_passes() {
        check_against(GlibcVersion(2, 999), &binary()).unwrap();
    }

    #[test]
    fn a_binary_over_the_limit_is_refused_with_symbol_and_library() {
        let error = check_against(GlibcVersion(2, 1), &binary())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(" of libc.so.6, but Azure has only 2.1"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_linux_binary_is_refused() {
        let error = check(b"\xCF\xFA\xED\xFE").unwrap_err().to_string();
        assert!(error.contains("not a 64-bit Linux binary"), "{error}");
    }

    #[test]
    fn another_library_is_refused() {
        // The loader uses only the name in the string table, so a name of the same length makes a
        // binary that needs something else.
        let mut binary = binary();
        let at = find(&binary, b"libgcc_s.so.1\0");
        binary[at..at + 8].copy_from_slice(b"libz9_so");
        let error = check_against(GlibcVersion(2, 999), &binary)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("it needs the library libz9_so.so.1"),
            "{error}"
        );
    }

    #[test]
    fn another_machine_is_refused() {
        // e_machine is at byte 18 of the ELF header; 183 is AArch64.
        let mut binary = binary();
        binary[18] = 183;
        let error = check(&binary).unwrap_err().to_string();
        assert!(error.starts_with("it is built for Aarch64"), "{error}");
    }

    #[test]
    fn versions_are_numbers() {
        let parse = |text: &str| GlibcVersion::parse(text.as_bytes());
        assert_eq!(parse("GLIBC_2.34"), Some(GlibcVersion(2, 34)));
        assert!(parse("GLIBC_2.4") < parse("GLIBC_2.34"));
        assert_eq!(parse("GLIBC_2.2.5"), Some(GlibcVersion(2, 2)));
        assert_eq!(parse("GLIBC_PRIVATE"), None);
        assert_eq!(parse("GCC_3.0"), None);
    }

    fn find(bytes: &[u8], text: &[u8]) -> usize {
        bytes
            .windows(text.len())
            .position(|window| window == text)
            .unwrap()
    }
}
