//! Uses ExifTool as the judge: this crate must read the same as ExifTool in the files that the tests make, and in a
//! folder that `DARKROOM_METADATA_SAMPLES` names. If ExifTool is not installed (Debian's package
//! libimage-exiftool-perl), nothing is judged, and a printed line says so.

#![expect(
    clippy::print_stdout,
    reason = "a message says that nothing was judged"
)]

mod comparison;
mod exiftool;

use std::{collections::BTreeMap, env, fs, path::Path};

use imaging::Limits;

use self::comparison::compare;

#[test]
fn exiftool_reads_the_same_in_the_files_of_these_tests() {
    let samples: BTreeMap<_, _> = [crate::kinds::samples(), crate::provenance::samples()]
        .into_iter()
        .flatten()
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in &samples {
        fs::write(folder.path().join(name), bytes).expect("it can be written");
    }
    if let Some(judged) = judge(folder.path()) {
        assert_eq!(judged.disagreements, Vec::<String>::new());
        assert_eq!(judged.files, samples.len());
    }
}

#[test]
fn exiftool_reads_the_same_in_the_folder_that_is_named() {
    let Some(folder) = env::var_os("DARKROOM_METADATA_SAMPLES") else {
        println!(
            "DARKROOM_METADATA_SAMPLES does not name a folder of images, so nothing was judged."
        );
        return;
    };
    if let Some(judged) = judge(Path::new(&folder)) {
        println!("{} files, {} facts", judged.files, judged.facts);
        for disagreement in &judged.disagreements {
            println!("{disagreement}");
        }
        assert_eq!(
            judged.disagreements.len(),
            0,
            "facts that differ between the two"
        );
    }
}

/// The result for a folder.
#[derive(Default)]
struct Judged {
    files: usize,
    facts: usize,
    disagreements: Vec<String>,
}

/// Compares file by file. Returns nothing if there is no ExifTool.
fn judge(folder: &Path) -> Option<Judged> {
    let Some(files) = exiftool::read(folder) else {
        println!("ExifTool is not installed (libimage-exiftool-perl), so nothing was judged.");
        return None;
    };
    let mut judged = Judged::default();
    for tags in &files {
        let bytes = fs::read(tags.path()).expect("ExifTool has read it, too");
        let Ok(inspection) = imaging::inspect(&bytes, &Limits::default()) else {
            println!("{}: no image that is processed", tags.file_name());
            continue;
        };
        judged.files += 1;
        for comparison in compare(&crate::described(&inspection), tags) {
            judged.facts += usize::from(!comparison.is_of_nothing());
            if !comparison.agrees() {
                judged
                    .disagreements
                    .push(format!("{}: {comparison}", tags.file_name()));
            }
        }
    }
    Some(judged)
}
