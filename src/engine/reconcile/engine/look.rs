//! The look at the source before a pass decides: the tree, and the forge that is asked about it. The bytes and the
//! changed files are kept until a pass has recorded them. A change that can be seen nowhere else than in the whole tree
//! makes the next pass a whole pass.

use std::sync::Arc;

use portvakt_core::diag::Finding;

use super::super::origin::{BranchPosition, Looked, Sight};
use super::super::reach::PassReach;
use super::super::reviews::ForgeClient;
use super::{Engine, EngineError};
use crate::memory;

/// The forge's client with the commit to ask about, and the findings that prevent asking.
type Whom = (Option<(ForgeClient, String)>, Vec<Finding>);

impl Engine {
    /// Returns the client for the forge, if the accepted register uses forge evidence, and the findings that prevent
    /// asking.
    pub(super) fn asking(&mut self, at: Option<&BranchPosition>) -> Result<Whom, EngineError> {
        let conn = self.register.connection();
        let Some((policies, settings)) = memory::accepted_rules(conn)? else { return Ok((None, Vec::new())) };
        let rules = self.shelf.remembered(conn, &policies, &settings)?;
        let (branch, commit) = (self.origin.branch(), at.map(BranchPosition::accepted));
        let token = self.forge_token.as_deref();
        Ok(match ForgeClient::ready(&rules.register.evidence, branch, token) {
            Ok(asking) => (asking.zip(commit.map(str::to_owned)), Vec::new()),
            Err(finding) => (None, vec![finding]),
        })
    }

    pub(super) fn look(&mut self, reach: PassReach) -> Result<Looked, EngineError> {
        let looked = self.origin.look(reach, self.register.connection())?;
        let snapshot = &looked.snapshot;
        if looked.sight == Sight::RulesOnly {
            self.caught_up = false;
            return Ok(looked);
        }
        // Another program has accepted another commit. What this program saw before does not show what changed
        // since then.
        if looked.advance.as_ref().is_some_and(|advance| self.recorded.as_ref() != Some(&advance.from)) {
            self.caught_up = false;
        }
        for (path, bytes) in snapshot.read() {
            self.open.insert(path.clone(), Arc::clone(bytes));
        }
        match &self.previous {
            Some(previous) => self.pending.extend(snapshot.differs_from(previous)),
            None => self.caught_up = false,
        }
        // An odd thing in the tree can hide a whole folder, so a change of these things needs a whole pass.
        if self.previous.as_ref().is_some_and(|previous| previous.odd() != snapshot.odd()) {
            self.caught_up = false;
        }
        // A review is weighed against everybody's access at its trust.
        if self.previous.as_ref().is_some_and(|previous| previous.reviews() != snapshot.reviews()) {
            self.caught_up = false;
        }
        // A rejected application may be named anywhere, so a change of these lists needs a whole pass too.
        if self.previous.as_ref().is_some_and(|previous| previous.requests() != snapshot.requests()) {
            self.caught_up = false;
        }
        self.previous = Some(snapshot.clone());
        Ok(looked)
    }
}
