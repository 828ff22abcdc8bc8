//! Whether a path below the root stays below it. A link in the tree, or an object that is not a folder, is never followed
//! to another place of this machine. The files may be somebody else's, so whatever writes into them asks here.

use std::io;
use std::path::{Component, Path};

use portvakt_core::diag::{Code, Finding, text};

/// Refuses a path below the root that leads elsewhere. Each part on the way must be a folder, and an existing target
/// must be a plain file. Parts that do not exist yet are allowed.
pub(in crate::cli) fn is_plain(root: &Path, path: &str) -> Result<(), Finding> {
    let mut at = root.to_owned();
    let mut parts = Path::new(path).components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else { return Err(odd(path)) };
        at.push(name);
        let is_last = parts.peek().is_none();
        let is_in_order = match at.symlink_metadata() {
            Ok(found) if is_last => found.is_file(),
            Ok(found) => found.is_dir(),
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) => false,
        };
        if !is_in_order {
            return Err(odd(path));
        }
    }
    Ok(())
}

fn odd(path: &str) -> Finding {
    let message = text!(
        en: "`{path}` is not written: it, or a folder on the way to it, is a link or something else that leads elsewhere",
        nb: "`{path}` skrives ikke: filen, eller en mappe på veien dit, er en lenke eller noe annet som fører et annet sted"
    );
    let way_out = text!(
        en: "Take the link away on the main branch first, and put a plain file or folder in its place.",
        nb: "Fjern først lenken på hovedgrenen, og legg en vanlig fil eller mappe på plassen."
    );
    Finding::new(Code::OddPath, message, way_out)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::is_plain;

    #[test]
    fn a_link_on_the_way_is_not_followed() {
        let (tree, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir_all(tree.path().join("desired-state/ahus")).unwrap();
        std::fs::write(tree.path().join("desired-state/ahus/kari.testesen.yaml"), "").unwrap();
        std::fs::write(outside.path().join("key"), "").unwrap();
        symlink(outside.path(), tree.path().join("desired-state/helse-fonna")).unwrap();
        symlink(outside.path().join("key"), tree.path().join("desired-state/allowed_signers")).unwrap();
        let is_in_order = |path: &str| is_plain(tree.path(), path).is_ok();
        assert!(is_in_order("desired-state/ahus/kari.testesen.yaml"));
        assert!(is_in_order("desired-state/ahus/ola.testesen.yaml"), "what is not there yet is made");
        assert!(is_in_order("desired-state/unn/ola.testesen.yaml"));
        assert!(!is_in_order("desired-state/helse-fonna/ola.testesen.yaml"));
        assert!(!is_in_order("desired-state/helse-fonna/key"));
        assert!(!is_in_order("desired-state/allowed_signers"));
        assert!(!is_in_order("desired-state/ahus"), "a folder is no file");
        assert!(!is_in_order("../outside"));
    }
}
