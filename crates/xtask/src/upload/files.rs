//! Finds the files to upload, and the names of their blobs.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

/// A file and the name of its image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UploadFile {
    pub(crate) path: PathBuf,
    /// The image's name: the file's own name, or its path in the given folder.
    pub(crate) name: String,
}

impl UploadFile {
    /// The file's own name.
    pub(crate) fn file_name(&self) -> &str {
        let name = self.path.file_name().and_then(|name| name.to_str());
        name.unwrap_or(&self.name)
    }
}

/// The files in `paths`. Fails before anything is uploaded if one cannot be read, or if two would
/// get the same name.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<UploadFile>> {
    let mut uploads = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).with_context(|| path.display().to_string())?;
        if metadata.is_dir() {
            let before = uploads.len();
            walk(path, "", &mut uploads)?;
            ensure!(
                uploads.len() > before,
                "{}: no files in this folder",
                path.display()
            );
        } else {
            let name = path
                .file_name()
                .with_context(|| path.display().to_string())?;
            uploads.push(UploadFile {
                path: path.clone(),
                name: text(name.as_ref())?,
            });
        }
    }
    let mut by_name = HashMap::new();
    for upload in &uploads {
        if let Some(other) = by_name.insert(&upload.name, &upload.path) {
            bail!(
                "{} and {} would both be called {}: upload them one after the other",
                other.display(),
                upload.path.display(),
                upload.name
            );
        }
    }
    Ok(uploads)
}

/// Adds the files below `folder`, ordered by name. Hidden ones are left out, because systems and
/// programs leave such files in folders of photos.
fn walk(folder: &Path, prefix: &str, uploads: &mut Vec<UploadFile>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let name = text(path.file_name().unwrap_or_default().as_ref())?;
        if name.starts_with('.') {
            continue;
        }
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            walk(&path, &format!("{name}/"), uploads)?;
        } else {
            uploads.push(UploadFile { path, name });
        }
    }
    Ok(())
}

fn text(name: &Path) -> Result<String> {
    let text = name
        .to_str()
        .with_context(|| format!("{}: the name is not UTF-8", name.display()))?;
    Ok(text.to_owned())
}

/// The media type for the file's extension, as a browser would declare it.
pub(crate) fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str().unwrap_or_default() {
        "jpg" | "jpeg" | "jpe" | "jfif" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "tif" | "tiff" => "image/tiff",
        "bmp" => "image/bmp",
        "avif" => "image/avif",
        "heic" => "image/heic",
        "heif" => "image/heif",
        "jxl" => "image/jxl",
        "dng" => "image/x-adobe-dng",
        "nef" => "image/x-nikon-nef",
        "cr2" => "image/x-canon-cr2",
        "cr3" => "image/x-canon-cr3",
        "arw" => "image/x-sony-arw",
        "raf" => "image/x-fuji-raf",
        "orf" => "image/x-olympus-orf",
        "rw2" => "image/x-panasonic-rw2",
        "ico" => "image/vnd.microsoft.icon",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        directory
    }

    fn names(paths: &[PathBuf]) -> Vec<String> {
        find(paths)
            .unwrap()
            .into_iter()
            .map(|upload| upload.name)
            .collect()
    }

    #[test]
    fn a_file_keeps_its_name_and_a_folder_its_order() {
        let folder = folder(&["b.jpg", "2024/é #1.png", "2024/.DS_Store", "a.jpg"]);
        let path = folder.path();
        assert_eq!(
            names(&[path.to_owned()]),
            ["2024/é #1.png", "a.jpg", "b.jpg"]
        );
        assert_eq!(names(&[path.join("2024/é #1.png")]), ["é #1.png"]);
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let folder = folder(&["one/a.jpg", "two/a.jpg"]);
        let paths = [
            folder.path().join("one/a.jpg"),
            folder.path().join("two/a.jpg"),
        ];
        let error = find(&paths).unwrap_err().to_string();
        assert!(error.contains("would both be called a.jpg"), "{error}");
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = format!("{:#}", find(&["nowhere.jpg".into()]).unwrap_err());
        assert!(error.starts_with("nowhere.jpg: No such file"), "{error}");
        let empty = folder(&["empty/.hidden"]);
        assert!(find(&[empty.path().join("empty")]).is_err());
    }

    #[test]
    fn the_extension_says_the_type() {
        assert_eq!(content_type("a/B.JPG".as_ref()), "image/jpeg");
        assert_eq!(content_type("notes".as_ref()), "application/octet-stream");
    }
}
