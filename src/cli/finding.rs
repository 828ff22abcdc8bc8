//! The findings with which a command ends: what an error says, and the place that it is about.

use portvakt_core::diag::{Code, Finding, text};
use portvakt_engine::reconcile::engine::EngineError;

use crate::config::Global;

/// Turns an error into a finding for people.
pub(super) fn of(error: impl Into<EngineError>) -> Finding {
    error.into().finding()
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
                nb: "En annen rot oppgis med `--root DIR`."
            ));
        }
        Code::NoBaseline => {
            let (path, what) = (global.store_path(), finding.message);
            let path = path.display();
            finding.message = text!(with what; en: "`{path}`: {what}", nb: "`{path}`: {what}");
            finding.way_out = finding.way_out.and(match global.store.place() {
                None => text!(
                    en: "Another register is named with `--store sqlite:PATH`.",
                    nb: "Et annet register oppgis med `--store sqlite:PATH`."
                ),
                Some(_) => text!(
                    en: "Another file that remembers it is named with `--memory sqlite:PATH`.",
                    nb: "En annen fil som husker det, oppgis med `--memory sqlite:PATH`."
                ),
            });
        }
        _ => {}
    }
    finding
}
