//! The engine works on a tree and a register. One call is one pass. `apply` calls it once, or once for each
//! commit that waits, and the daemon calls it again and again.
//!
//! Work that a pass could not finish is not lost. Bytes of files are kept until a pass that used them has been
//! recorded.

mod copies;
mod look;
mod register;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use portvakt_core::decide::{Copy, Decided, FollowedBranch, Nothing, Patience, Reviews, Scope};
use portvakt_core::diag::Finding;
use portvakt_core::model::{Digest, FilePath};
use portvakt_core::reports::{ReadReports, WriteReports};
use portvakt_core::store::{ReadStore, WriteStore};
use portvakt_core::tree::Snapshot;
use portvakt_database::Site;
use portvakt_sources::{Branch, Settle};
use portvakt_stores::tables::{Create, Tables};

use super::origin::{BranchPosition, Looked, Origin, Sight};
use crate::apply::{
    Carried, adopt_asked, adopt_memory, adopt_slots, carry_out, carry_out_reports, settle_intents,
};
use crate::ledger;
use crate::memory::{self, MemoryError};
use crate::pass::{Newest, PassError, PassInput, PassTools, Shelf, prepare_pass};

pub use super::error::{AcceptedFrom, EngineError, source_finding};
pub use super::reach::PassReach;
pub use register::{ExternalRegister, belongs, create_register, open_register};

/// The result of a pass that finished.
#[derive(Debug)]
pub struct Passed {
    /// The decision of the pass.
    pub decided: Decided,
    /// The results of the steps.
    pub carried: Carried,
    /// The tree that the decision is about.
    pub snapshot: Snapshot,
    /// The position on the branch, if the engine follows a branch.
    pub followed: Option<BranchPosition>,
}

/// The source, the register, and the state that is kept from pass to pass.
#[derive(Debug)]
pub struct Engine {
    origin: Origin,
    /// The file with the token for the forge.
    forge_token: Option<PathBuf>,
    /// The register, or the memory of a register that is elsewhere.
    register: Tables,
    elsewhere: Option<ExternalRegister>,
    reports: Option<Box<dyn WriteReports>>,
    shelf: Shelf,
    patience: Patience,
    /// The bytes of files that are not settled yet.
    open: BTreeMap<FilePath, Arc<[u8]>>,
    /// The commit that the last pass recorded.
    recorded: Option<String>,
    /// The files that the next pass has to look at.
    pending: BTreeSet<FilePath>,
    previous: Option<Snapshot>,
    /// Files that were written since the last pass, as far as the operating system reported them.
    written: BTreeSet<FilePath>,
    /// Whether the directory may be an older copy than the tree that was accepted last.
    copy: Copy,
    /// The name of this program for other programs that share the register.
    name: Option<String>,
    /// True after a whole pass was recorded. Until then every pass is a whole pass.
    caught_up: bool,
}

impl Engine {
    /// Opens an engine on a directory. The register is created if it is missing.
    ///
    /// # Errors
    /// When the register cannot be opened or prepared.
    pub fn open(
        root: &Path,
        store: impl Into<Site>,
        settle: Settle,
        patience: Patience,
    ) -> Result<Self, EngineError> {
        Self::between(Origin::directory(root, settle), store, patience)
    }

    /// Opens an engine on a branch of git. Each pass takes the next commit. A file that is absent in a commit is
    /// absent.
    ///
    /// # Errors
    /// When the register cannot be opened or prepared.
    pub fn follow(branch: Branch, store: impl Into<Site>) -> Result<Self, EngineError> {
        Self::between(Origin::git(branch), store, Patience::None)
    }

    fn between(origin: Origin, store: impl Into<Site>, patience: Patience) -> Result<Self, EngineError> {
        let register = open_register(store, Create::IfMissing)?;
        Ok(Self {
            origin,
            forge_token: None,
            register,
            elsewhere: None,
            reports: None,
            shelf: Shelf::default(),
            patience,
            open: BTreeMap::new(),
            recorded: None,
            pending: BTreeSet::new(),
            previous: None,
            written: BTreeSet::new(),
            copy: Copy::Own,
            name: None,
            caught_up: false,
        })
    }

    /// Returns the same engine with the file of the forge's token. The engine asks the forge if the register uses
    /// forge evidence.
    #[must_use]
    pub fn with_forge_token(mut self, token: Option<PathBuf>) -> Self {
        self.forge_token = token;
        self
    }

    /// Returns the same engine with rules that are already loaded, for a caller that opens many engines.
    #[must_use]
    pub fn with_shelf(mut self, shelf: Shelf) -> Self {
        self.shelf = shelf;
        self
    }

    /// Returns the same engine with a register elsewhere. This program's tables then keep the memory and the
    /// ledger.
    #[must_use]
    pub fn with_store(mut self, elsewhere: ExternalRegister) -> Self {
        self.elsewhere = Some(elsewhere);
        self
    }

    /// Notes files that were written since the last pass. The wait for entries that were missing in them starts again.
    pub fn were_written(&mut self, paths: BTreeSet<FilePath>) {
        self.written.extend(paths);
    }

    /// Returns the same engine with Rapporteket's reports.
    #[must_use]
    pub fn with_reports(mut self, reports: Box<dyn WriteReports>) -> Self {
        self.reports = Some(reports);
        self
    }

    /// Returns this program's own tables: the register, or the memory of a register elsewhere, and the ledger.
    #[must_use]
    pub fn register(&self) -> &Tables {
        &self.register
    }

    /// Returns whether the accounts are in this program's own tables.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.elsewhere.is_none()
    }

    /// Returns the digest of memory that was taken over from an older version, until two people have confirmed that
    /// they have seen it.
    #[must_use]
    pub fn adopted(&self) -> Option<Digest> {
        self.shelf.followed().unseen()
    }

    /// Returns whether the ledger is unchanged, as far as the last pass has read it.
    #[must_use]
    pub fn ledger_holds(&self) -> bool {
        self.shelf.followed().broken().is_none()
    }

    /// Returns how long a file must be absent before its absence counts.
    #[must_use]
    pub fn patience(&self) -> &Patience {
        &self.patience
    }

    /// Takes a snapshot, decides, and carries the decision out. Somebody may change the memory meanwhile, for example
    /// by confirming the date, so that a file must be judged that was not read. Then everything is read and decided
    /// anew.
    ///
    /// # Errors
    /// When the tree cannot be read as a whole, nothing has been accepted yet, or the register cannot be read or
    /// written. The next pass continues with the work that this pass left.
    pub fn pass(
        &mut self,
        reach: PassReach,
        now: Timestamp,
        moment: Instant,
        mut told: impl FnMut(usize, usize),
    ) -> Result<Passed, EngineError> {
        match self.pass_over(reach, now, moment, &mut told) {
            Err(EngineError::Pass(PassError::NotRead(_))) => {
                self.pass_over(PassReach::Everything, now, moment, &mut told)
            }
            done => done,
        }
    }

    fn pass_over(
        &mut self,
        reach: PassReach,
        now: Timestamp,
        moment: Instant,
        told: &mut impl FnMut(usize, usize),
    ) -> Result<Passed, EngineError> {
        belongs(self.register.connection(), self.elsewhere.as_ref().map(|elsewhere| &*elsewhere.place))?;
        if reach == PassReach::Everything {
            self.shelf.doubt(self.register.connection())?;
        }
        let ledger = self.shelf.ledger(self.register.connection())?;
        if !ledger.binds_all() && ledger.broken().is_none() {
            // This is the first start of a version that checks its memory.
            adopt_memory(&mut self.register, now)?;
        }
        if self.shelf.ledger(self.register.connection())?.asked_is_unbound() {
            adopt_asked(&mut self.register, now)?;
        }
        let ledger = self.shelf.ledger(self.register.connection())?;
        if ledger.parts_before_slots(self.register.connection())?.is_some() {
            adopt_slots(&mut self.register, now)?;
        }
        if let Some(ExternalRegister { store, .. }) = &self.elsewhere {
            // Only what the ledger leaves open is settled. Otherwise an account that no pass asked for could become
            // somebody's.
            let ledger = self.shelf.ledger(self.register.connection())?;
            if ledger.broken().is_none() && !ledger.asked_differs(self.register.connection())? {
                settle_intents(&mut self.register, store.as_ref(), now)?;
            }
        }
        let Looked { snapshot, sight, followed, advance, newest, findings } = self.look(reach)?;
        if self.copy == Copy::Unproven
            && memory::accepted_snapshot(self.register.connection())? == Some(snapshot.digest())
            // More than this tree was accepted since, from another copy.
            && memory::writer(self.register.connection())?.as_deref() != Some(memory::NO_COPY)
        {
            self.copy = Copy::Own;
        }
        // While removals wait for a release, every pass is a whole pass, so that the set to release stays the same. The memory
        // is asked, because a pass may have recorded a set and broken off before it ended.
        let whole = sight == Sight::Tree
            && (reach == PassReach::Everything
                || !self.caught_up
                || memory::removals_wait(self.register.connection())?);
        let scope = match sight {
            Sight::Tree if whole => Scope::Whole,
            Sight::Tree => Scope::Files(self.pending.clone()),
            Sight::RulesOnly => Scope::Files(BTreeSet::new()),
        };
        let (asking, unasked) = self.asking(followed.as_ref())?;
        let findings: Vec<Finding> = findings.into_iter().chain(unasked).collect();
        let branch = followed.as_ref().map(|_| FollowedBranch { advance });
        let forge = asking.as_ref().map(|(asking, commit)| asking.merged(commit));
        let decided = {
            let mut asked = PassTools {
                memory: self.register.connection(),
                store: match &self.elsewhere {
                    None => &self.register as &dyn ReadStore,
                    Some(ExternalRegister { store, .. }) => store.as_ref(),
                },
                reports: self.reports.as_deref().map(|reports| reports as &dyn ReadReports),
                shelf: &mut self.shelf,
                patience: &mut self.patience,
            };
            prepare_pass(
                &mut asked,
                PassInput {
                    snapshot: &snapshot,
                    open: &self.open,
                    written: &self.written,
                    reviews: forge.as_ref().map_or(&Nothing as &dyn Reviews, |forge| forge),
                    newest: newest.as_ref().map(|tip| tip as &dyn Newest),
                    branch: branch.as_ref(),
                    findings: &findings,
                    copy: self.copy,
                    now,
                    moment,
                },
                &scope,
            )
        };
        let decided = match decided {
            Err(PassError::NotRead(path)) => {
                // The memory has changed while this process ran. The whole tree is read again.
                self.origin.forget();
                self.previous = None;
                return Err(PassError::NotRead(path).into());
            }
            other => other?,
        };
        self.leave_other_copies(&decided)?;
        let store = self.elsewhere.as_mut().map(|elsewhere| elsewhere.store.as_mut() as &mut dyn WriteStore);
        let written_before = ledger::head(self.register.connection()).map_err(MemoryError::from)?;
        let mut carried = carry_out(&mut self.register, store, &decided, told)?;
        if let Some(reports) = &self.reports {
            carried.reports = carry_out_reports(&mut self.register, reports.as_ref(), &decided)?;
        }
        if decided.tree.accepted {
            self.copy = Copy::Own;
        }
        self.sign_copy(decided.tree.accepted, written_before)?;
        self.written.clear();
        if decided.released_rules.is_some() {
            // Files whose entries moved with a unit are looked at again, even if the files did not change.
            self.origin.forget();
            self.previous = None;
        }
        self.origin.passed(&decided);
        self.recorded =
            decided.tree.advance.as_ref().map(|advance| advance.to.clone()).or(self.recorded.take());
        if sight == Sight::RulesOnly {
            return Ok(Passed { decided, carried, snapshot, followed });
        }
        self.open.retain(|path, _| {
            decided.unsettled.open.contains(path) || decided.unsettled.open.contains(&path.signed())
        });
        self.pending = decided.unsettled.open.clone();
        // A pass over few files may have met removals that wait. It records only those of a file, so a whole pass
        // follows. The same applies while an account may belong to somebody. A pass over few files does not see that
        // account and would open another one.
        let settled = decided.unsettled.sets.is_empty() && decided.unsettled.unclaimed.is_empty();
        self.caught_up = (self.caught_up || whole) && settled;
        Ok(Passed { decided, carried, snapshot, followed })
    }
}
