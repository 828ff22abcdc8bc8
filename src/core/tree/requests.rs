//! The places in `requests`: for each trust one list of the applications that were rejected, with its signatures beside
//! it (R3).

use std::sync::Arc;

use crate::model::{FilePath, TrustId};

use super::file_name::{passed_over, shown};
use super::lists::{InListFolder, ListFiles, list_file};
use super::names::REQUESTS;
use super::odd::{Odd, Oddity};

/// Puts a file of `requests` in its place. `rest` is its path below that folder.
pub(super) fn put_request(requests: &mut ListFiles, rest: &str, bytes: Arc<[u8]>) {
    let path = format!("{REQUESTS}/{rest}");
    let what = match (rest.split_once('/'), list_file(rest.as_bytes())) {
        (Some((folder, _)), _) if passed_over(folder.as_bytes()) => return,
        (Some((folder, _)), _) => {
            let path = format!("{REQUESTS}/{}", shown(folder.as_bytes()));
            if !requests.odd.iter().any(|odd| odd.path == path) {
                requests.odd.push(Odd::unread(path, None, Oddity::Nested).hiding_files());
            }
            return;
        }
        (None, InListFolder::PassedOver) => return,
        (None, InListFolder::Odd(what)) => what,
        (None, InListFolder::Belongs(_)) => {
            requests.files.insert(FilePath::new(&path), bytes);
            return;
        }
    };
    requests.odd.push(Odd::unread(shown(path.as_bytes()), None, what).reading(&bytes));
}

/// The path of a trust's list.
#[must_use]
pub fn rejections_of(trust: &TrustId) -> FilePath {
    FilePath::new(&format!("{REQUESTS}/{trust}.yaml"))
}

/// The name of the trust in the path of a list. It is `None` if the path is not that of a list.
#[must_use]
pub fn rejections_trust(path: &FilePath) -> Option<&str> {
    let stem = path.as_str().strip_prefix("requests/")?.strip_suffix(".yaml")?;
    (!stem.is_empty() && !stem.contains('/')).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::super::lists::ListFolder;
    use super::*;

    #[test]
    fn a_list_stands_directly_in_the_folder_and_its_signatures_beside_it() {
        let path = rejections_of(&TrustId::new("ahus").unwrap());
        assert_eq!(path.as_str(), "requests/ahus.yaml");
        assert_eq!(rejections_trust(&path), Some("ahus"));
        for other in
            ["requests/ahus.yaml.sig", "requests/ahus/x.yaml", "desired-state/ahus/x.yaml", "requests/.yaml"]
        {
            assert_eq!(rejections_trust(&FilePath::new(other)), None, "{other}");
        }
        let mut files = ListFiles::of(ListFolder::Requests);
        put_request(&mut files, "ahus.yaml", Arc::from(*b"list"));
        put_request(&mut files, "ahus.yaml.sig", Arc::from(*b"seal"));
        assert_eq!(files.lists().map(|(path, _)| path).collect::<Vec<_>>(), [&path]);
        assert_eq!(files.signatures(&path), b"seal");
        assert_eq!(files.signatures(&FilePath::new("requests/unn.yaml")), b"");
    }

    #[test]
    fn what_does_not_belong_is_told_and_never_read() {
        let mut files = ListFiles::of(ListFolder::Requests);
        put_request(&mut files, "deep/ahus.yaml", Arc::default());
        put_request(&mut files, "deep/unn.yaml", Arc::default());
        put_request(&mut files, ".hidden/unn.yaml", Arc::default());
        put_request(&mut files, "ahus.txt", Arc::default());
        let files = files.settled();
        let odd: Vec<(&str, &Oddity)> = files.odd.iter().map(|odd| (odd.path.as_str(), &odd.what)).collect();
        assert_eq!(odd, [("requests/ahus.txt", &Oddity::NotYaml), ("requests/deep", &Oddity::Nested)]);
    }
}
