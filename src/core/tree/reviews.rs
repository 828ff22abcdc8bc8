//! The places in `reviews`: a folder for each trust, with one list for each quarter and its signatures beside it (R36).

use std::sync::Arc;

use crate::model::FilePath;

use super::file_name::{passed_over, shown, visible_name};
use super::lists::{InListFolder, ListFiles, list_file};
use super::odd::{Odd, Oddity};

/// Decides the meaning of a name directly in `reviews`, where only folders belong.
#[must_use]
pub fn review_folder(name: &[u8]) -> InListFolder<'_> {
    if passed_over(name) {
        return InListFolder::PassedOver;
    }
    visible_name(name).map_or(InListFolder::Odd(Oddity::Name), InListFolder::Belongs)
}

/// The trust's folder and the name without `.yaml`, of the path of a list.
#[must_use]
pub fn review_parts(path: &FilePath) -> Option<(&str, &str)> {
    let (folder, name) = path.as_str().strip_prefix("reviews/")?.split_once('/')?;
    let stem = name.strip_suffix(".yaml")?;
    (!stem.contains('/')).then_some((folder, stem))
}

/// Puts a file of `reviews` in its place. `rest` is its path below that folder.
pub(super) fn put_review(reviews: &mut ListFiles, rest: &str, path: &FilePath, bytes: Arc<[u8]>) {
    let odd = |what| Odd::unread(shown(path.as_str().as_bytes()), None, what).reading(&bytes);
    let Some((folder, name)) = rest.split_once('/') else {
        if list_file(rest.as_bytes()) != InListFolder::PassedOver {
            reviews.odd.push(odd(Oddity::Misplaced));
        }
        return;
    };
    match (review_folder(folder.as_bytes()), list_file(name.as_bytes())) {
        (InListFolder::PassedOver, _) => {}
        (InListFolder::Odd(what), _) => reviews.odd.push(odd(what)),
        (InListFolder::Belongs(_), _) if name.contains('/') => reviews.odd.push(odd(Oddity::Nested)),
        (InListFolder::Belongs(_), InListFolder::PassedOver) => {}
        (InListFolder::Belongs(_), InListFolder::Odd(what)) => reviews.odd.push(odd(what)),
        (InListFolder::Belongs(_), InListFolder::Belongs(_)) => {
            reviews.files.insert(path.clone(), bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lists::ListFolder;
    use super::*;

    #[test]
    fn a_list_is_two_levels_down_and_its_signatures_stand_beside_it() {
        let path = FilePath::new("reviews/ahus/2026-Q4.yaml");
        assert_eq!(review_parts(&path), Some(("ahus", "2026-Q4")));
        assert_eq!(review_parts(&path.signatures()), None);
        assert_eq!(review_parts(&FilePath::new("reviews/2026-Q4.yaml")), None);
        assert_eq!(review_parts(&FilePath::new("desired-state/ahus/2026-Q4.yaml")), None);
        let mut reviews = ListFiles::of(ListFolder::Reviews);
        reviews.files.insert(path.clone(), Arc::from(*b"list"));
        reviews.files.insert(path.signatures(), Arc::from(*b"seal"));
        assert_eq!(reviews.lists().map(|(path, _)| path).collect::<Vec<_>>(), [&path]);
        assert_eq!(reviews.signatures(&path), b"seal");
        assert_eq!(reviews.signatures(&FilePath::new("reviews/ahus/2026-Q3.yaml")), b"");
    }

    #[test]
    fn only_folders_belong_directly_in_it() {
        assert_eq!(review_folder(b"ahus"), InListFolder::Belongs("ahus"));
        assert_eq!(review_folder(b".hidden"), InListFolder::PassedOver);
    }
}
