//! An object whose content is not that of its id is not taken, wherever it is read.

use std::fs;

use portvakt_core::diag::Lang;
use portvakt_sources::{Repository, SourceError, changes_below, earlier_versions, files_ever};

use super::{OLA, Repo};

/// Something that is read from the repository, and the error if it is not taken.
type Reading<'a> = &'a dyn Fn(&Repository) -> Option<SourceError>;

#[test]
fn an_object_in_the_place_of_another_is_not_taken() {
    let repo = Repo::new();
    let first = repo.git(&["rev-parse", "HEAD"]);
    let second = repo.change(OLA, "second\n");
    repo.put("hello", "hello");
    let hello = repo.git(&["hash-object", "-w", "hello"]);
    let id = |commit: &str, path: &str| repo.git(&["rev-parse", &format!("{commit}:{path}")]);
    let folder = "desired-state/helse-nord";
    let (top, former_top) = (id(&second, ""), id(&first, ""));
    let (folder, former_folder) = (id(&second, folder), id(&first, folder));
    let file = id(&second, OLA);

    let whole: Reading<'_> = &|open| open.commit("main").err();
    let one: Reading<'_> = &|open| open.file_at("main", OLA).err();
    let by_id: Reading<'_> = &|open| open.blob(&file).err();
    let versions: Reading<'_> = &|open| earlier_versions(open, "main", OLA, 9).err();
    let ever: Reading<'_> = &|open| files_ever(open, "main", "desired-state", |_| true).err();
    let changes: Reading<'_> = &|open| changes_below(open, "main", "desired-state", None).err();
    let found: Reading<'_> = &|open| open.find("main").err();
    for (id, other, readings) in [
        (&file, &hello, vec![whole, one, by_id, versions, ever]),
        (&folder, &former_folder, vec![whole, one, versions, ever, changes]),
        (&top, &former_top, vec![whole, one, versions, ever, changes]),
        (&second, &first, vec![whole, one, versions, ever, changes, found]),
    ] {
        let loose = |id: &str| repo.root.join(".git/objects").join(&id[..2]).join(&id[2..]);
        let kept = fs::read(loose(id)).unwrap();
        // The files of objects are read-only, so the file is replaced.
        fs::remove_file(loose(id)).unwrap();
        fs::copy(loose(other), loose(id)).unwrap();
        for (number, reading) in readings.iter().enumerate() {
            let error =
                reading(&repo.open()).unwrap_or_else(|| panic!("{number}: {other} is taken for {id}"));
            assert!(!error.is_of_the_tree(), "{error:?}");
            let (told, way_out) = (error.words(), error.way_out());
            assert!(told.en().contains(&format!("in the place of the object {id}")), "{told:?}");
            assert!(told.get(Lang::Nb).contains(&format!("på plassen til objektet {id}")), "{told:?}");
            assert!(way_out.en().contains("`git fsck`") && way_out.en().contains("clone"), "{way_out:?}");
            assert!(way_out.get(Lang::Nb).contains("klon arkivet på nytt"), "{way_out:?}");
        }
        fs::remove_file(loose(id)).unwrap();
        fs::write(loose(id), kept).unwrap();
        let fails = readings.iter().find_map(|reading| reading(&repo.open()));
        assert!(fails.is_none(), "{fails:?}");
    }
}
