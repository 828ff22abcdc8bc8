//! Makes the signatures and writes their files, each as a whole.

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::evidence::Claim;
use portvakt_core::system::{said, way_out};

use super::signer::{Signer, SigningTask};
use crate::cli::{replaced, unwritten};

impl Signer {
    /// Signs the new statements, and returns the text of each signature file with them. It writes nothing.
    pub(in crate::cli) fn with_new(&self, tasks: &[SigningTask]) -> Result<Vec<String>, Finding> {
        let new = tasks.iter().flat_map(|task| &task.new);
        let statements: Vec<&str> = new.map(|new| new.text.as_str()).collect();
        let mut signatures = self.key.sign(&self.namespace, &statements, self.ask)?.into_iter();
        let files = tasks.iter().map(|task| {
            let mut text = task.kept.concat();
            for (new, signature) in task.new.iter().zip(signatures.by_ref()) {
                text.extend(new.claim.as_ref().map(Claim::lines));
                text.push_str(&signature.text());
            }
            text
        });
        Ok(files.collect())
    }
}

/// Writes a signature file. If anything fails, the old file stays unchanged.
pub(in crate::cli) fn write(task: &SigningTask, text: &str) -> Result<(), Finding> {
    let cannot = |why: Text, way_out: Text| {
        Finding::new(Code::NotSigned, unwritten::cannot_write(&task.target, &why), way_out)
    };
    let read = task.holds.read(text.as_bytes());
    if read.signatures.len() != task.kept.len() + task.new.len() || !read.faults.is_empty() {
        let why = text!(
            en: "it would hold more than a file of signatures can",
            nb: "den ville inneholde mer enn en signaturfil kan"
        );
        let way_out = text!(
            en: "Take out of it what is no signature, and signatures that no longer count; then sign again.",
            nb: "Ta ut av den det som ikke er en signatur, og signaturer som ikke lenger teller; signer så på nytt."
        );
        return Err(cannot(why, way_out));
    }
    replaced::replace_file(&task.target, text.as_bytes()).map_err(|why| cannot(said(&why), way_out(&why)))
}
