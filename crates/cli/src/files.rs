//! Reads and writes whole files: within limits, and all or nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// The longest file that is read: offsets in models have 32 bits.
const MAX_BYTES: u64 = u32::MAX as u64;

/// Reads a regular file. Devices and pipes may never end, so they are refused.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let at = |error: io::Error| Failure::at(path, error);
    let metadata = fs::metadata(path).map_err(at)?;
    if metadata.is_dir() {
        return Err(Failure::at(path, "this is a folder; a file is needed"));
    }
    if !metadata.is_file() {
        let message = "this is a device or a pipe, which may never end: copy it to a file first";
        return Err(Failure::at(path, message));
    }
    let too_long =
        || Failure::at(path, format!("a file of more than {MAX_BYTES} bytes is not read"));
    if metadata.len() > MAX_BYTES {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(metadata.len() as usize).map_err(|_| {
        Failure::at(path, format!("no memory for a file of {} bytes", metadata.len()))
    })?;
    // It may grow while it is read.
    File::open(path).map_err(at)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(at)?;
    if bytes.len() as u64 > MAX_BYTES { Err(too_long()) } else { Ok(bytes) }
}

/// Reads a text file, as [`read`] does.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|_| Failure::at(path, "this is no text in UTF-8"))
}

/// Writes a file: whatever fails, it then has all of its new contents, or its old ones.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = Draft::new(path, bytes).and_then(Draft::put);
    written.map_err(|error| Failure::at(path, error))
}

/// Writes files that belong together, and makes their folders. No file is replaced before all have
/// their new contents on the disk.
pub(crate) fn write_all<'f>(files: impl IntoIterator<Item = (&'f Path, &'f [u8])>) -> Result<()> {
    let mut drafts = Vec::new();
    for (path, bytes) in files {
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let draft = Draft::new(path, bytes).map_err(|error| Failure::at(path, error))?;
        drafts.push((path, draft));
    }
    drafts
        .into_iter()
        .try_for_each(|(path, draft)| draft.put().map_err(|error| Failure::at(path, error)))
}

/// Makes a folder, unless it is there.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| Failure::at(path, error))
}

/// The new contents of a file.
enum Draft<'b> {
    /// In a file beside it.
    Beside(Beside),
    /// Not written yet: a device or a pipe has no contents to replace.
    Direct(File, &'b [u8]),
}

/// A file that takes the place of another one, or goes away.
struct Beside {
    draft: PathBuf,
    target: PathBuf,
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Renamed, it is not there any more.
        let _ = fs::remove_file(&self.draft);
    }
}

impl<'b> Draft<'b> {
    fn new(path: &Path, bytes: &'b [u8]) -> io::Result<Self> {
        // A link stays one: the file behind it is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let old = fs::metadata(&target).ok();
        if old.as_ref().is_some_and(|old| !old.is_file()) {
            return Ok(Self::Direct(OpenOptions::new().write(true).open(&target)?, bytes));
        }
        let (draft, mut file) = draft_beside(&target)?;
        let beside = Beside { draft, target };
        if let Some(old) = &old {
            if old.permissions().readonly() {
                return Err(io::Error::from(io::ErrorKind::PermissionDenied));
            }
            file.set_permissions(old.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(Self::Beside(beside))
    }

    /// Puts them into the place of the old ones.
    fn put(self) -> io::Result<()> {
        match self {
            Self::Beside(file) => fs::rename(&file.draft, &file.target),
            Self::Direct(mut file, bytes) => file.write_all(bytes),
        }
    }
}

/// Makes a new file in the folder of `target`.
fn draft_beside(target: &Path) -> io::Result<(PathBuf, File)> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut attempt = 0_u32;
    loop {
        let mut draft = std::ffi::OsString::from(".");
        draft.push(name);
        draft.push(format!(".{}-{attempt}.part", std::process::id()));
        let draft = target.with_file_name(draft);
        match OpenOptions::new().write(true).create_new(true).open(&draft) {
            Ok(file) => return Ok((draft, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("bantam-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn files_are_replaced_as_a_whole() {
        let folder = folder("replaced");
        let path = folder.join("a");
        write(&path, b"old").unwrap();
        write(&path, b"newer").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        // A folder in the place of the file: nothing is left behind.
        let taken = folder.join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write(&taken, b"x").is_err());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        // Nor is the first of two files replaced if the second cannot be.
        assert!(write_all([(&*path, &b"newest"[..]), (&*taken, b"x")]).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder("links");
        let (path, link) = (folder.join("file"), folder.join("link"));
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        write(Path::new("/dev/null"), b"gone").unwrap();
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_may_never_end_is_not_read() {
        for path in ["/dev/zero", "/dev/null"] {
            let error = read(Path::new(path)).unwrap_err().to_string();
            assert!(error.contains("device or a pipe"), "{error}");
        }
        let error = read(&std::env::temp_dir()).unwrap_err().to_string();
        assert!(error.contains("this is a folder"), "{error}");
    }
}
