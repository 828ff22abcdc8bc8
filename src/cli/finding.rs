//! Makes the findings with which a command ends. They have the words of an error, and the place that it is about.

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_engine::reconcile::engine::{EngineError, source_finding};
use portvakt_sources::SourceError;

use super::folder::way_there;
use crate::config::{Global, StoreUrl};

/// Turns an error into a finding for people.
pub(super) fn of(error: impl Into<EngineError>) -> Finding {
    error.into().finding()
}

/// Turns an error of reading the tree into a finding for people, with the place.
pub(super) fn of_source(global: &Global, error: &SourceError) -> Finding {
    located(global, source_finding(error))
}

/// Adds the place to a finding, so that a person in the wrong folder or with a mistyped path sees the reason.
pub(super) fn located(global: &Global, mut finding: Finding) -> Finding {
    match finding.code {
        Code::TreeMissing => {
            let root = std::path::absolute(&global.root).unwrap_or_else(|_| global.root.clone());
            let (root, what) = (root.display(), finding.message);
            finding.message = text!(with what; en: "in `{root}`: {what}", nb: "i `{root}`: {what}");
            finding.way_out = finding.way_out.and(text!(
                en: "Another root is named with `--root DIR`.",
                nb: "En annen mappe oppgis med `--root MAPPE`."
            ));
            finding.way_out = with_way(global, finding.way_out);
        }
        Code::NoBaseline => {
            let what = finding.message;
            let place = match &global.store {
                StoreUrl::Postgres(_) => global.store.to_string(),
                _ => global.store_path().display().to_string(),
            };
            finding.message = text!(with what; en: "`{place}`: {what}", nb: "`{place}`: {what}");
            finding.way_out = finding.way_out.and(match global.store.place() {
                None if matches!(global.store, StoreUrl::Postgres(_)) => text!(
                    en: "Another database is named with `--store postgres://ROLE@HOST/DATABASE`.",
                    nb: "En annen database oppgis med `--store postgres://ROLLE@VERT/DATABASE`."
                ),
                None => text!(
                    en: "Another register is named with `--store sqlite:PATH`.",
                    nb: "Et annet register oppgis med `--store sqlite:PATH`."
                ),
                Some(_) => text!(
                    en: "Another file that remembers it is named with `--memory sqlite:PATH`.",
                    nb: "En annen fil som husker det, oppgis med `--memory sqlite:PATH`."
                ),
            });
            finding.way_out = with_way(global, finding.way_out);
        }
        _ => {}
    }
    finding
}

/// Adds the path of the files, for a user in another folder.
fn with_way(global: &Global, way_out: Text) -> Text {
    match way_there(&global.root) {
        Some(way) => way_out.and(way),
        None => way_out,
    }
}
