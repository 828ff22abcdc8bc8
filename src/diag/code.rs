//! The list of all kinds of findings. Codes are stable: scripts and habits hang on them.

use std::fmt;

use serde::{Serialize, Serializer};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The run could not do its work.
    Fatal,
    /// Invalid or denied.
    Error,
    /// Waits for a named release.
    Held,
    /// In order, but somebody should look.
    Advice,
}

impl Severity {
    /// The word people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fatal => "stopped",
            Self::Error => "error",
            Self::Held => "held",
            Self::Advice => "advice",
        }
    }
}

macro_rules! codes {
    ($($name:ident $text:literal $severity:ident [$($rule:literal)*] $doc:literal;)*) => {
        /// A kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $doc] $name,)*
        }

        impl Code {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// How grave it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// The rules it keeps, where they are the same each time.
            #[must_use]
            pub fn rules(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($rule),*],)* }
            }

            /// What it means, one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $doc,)* }
            }
        }
    };
}

codes! {
    TreeMissing "tree-missing" Fatal [] "The root, `desired-state` or `policies` is missing, empty or unreadable; nothing is read from that.";
    SourceUnreadable "source-unreadable" Fatal [] "Files could not be read as one whole; the pass is not made.";
    StoreUnavailable "store-unavailable" Fatal [] "The register's store cannot be opened, read or written.";
    StoreIncomplete "store-incomplete" Error [] "The store's list of accounts is not whole; nothing is removed for being absent from the tree.";
    HistoryRewritten "history-rewritten" Held [] "The branch does not follow from the commit that was accepted last; nothing of it is read, and what was accepted stays in force.";
    SourceSwitched "source-switched" Held [] "What was accepted came from the other kind of source, a directory or git; nothing is read until a baseline names this one.";
    FetchFailed "fetch-failed" Advice [] "Git could not fetch; the branch is followed as it was fetched last.";
    CommitPassedOver "commit-passed-over" Advice [] "A commit without a whole tree was passed over; the next one was judged against the one before it.";
    BaseStale "base-stale" Error [] "The base lacks commits of its target branch; what would be judged is not what would be merged.";
    MergeConflict "merge-conflict" Error [] "The change cannot be merged with its target as it stands; nothing is judged.";
    NoBaseline "no-baseline" Held [] "Nothing has been accepted yet; nothing is written until a baseline is.";
    LedgerBroken "ledger-broken" Fatal [] "The ledger's chain does not hold; somebody has changed it.";
    OddPath "odd-path" Error [] "A path that is not a plain file in its place; its folder is held.";
    FileTooLarge "file-too-large" Error [] "A file above 64 KiB; held.";
    NotText "not-text" Error [] "A file that is not UTF-8 text; held.";
    NotYaml "not-yaml" Error [] "A file that is not the YAML expected; held.";
    UnknownKey "unknown-key" Error [] "A key that means nothing here; held.";
    MissingKey "missing-key" Error [] "A key that must be there is not.";
    BadValue "bad-value" Error [] "A value that cannot be.";
    UnknownName "unknown-name" Error [] "A name that `register.yaml` does not have.";
    WrongFolder "wrong-folder" Error [] "The file or the unit does not belong to its folder.";
    DuplicateEntry "duplicate-entry" Error ["R33"] "Two entries for the same person, application, unit and request.";
    ConfusableId "confusable-id" Error ["R1"] "Two people whose ids cannot be told apart by eye.";
    PersonDisagrees "person-disagrees" Error ["R2"] "Files of one person say different things about them.";
    LoginShared "login-shared" Error ["R1"] "A login that belongs to somebody else.";
    ContactInGit "contact-in-git" Error [] "An e-mail address where the owner has not allowed one.";
    PersonalNumber "personal-number" Error [] "A national identity number or a telephone number; neither may ever stand in a file; held.";
    RegisterInvalid "register-invalid" Error [] "`register.yaml` is not valid; the last accepted one stays in force.";
    SignersInvalid "signers-invalid" Error [] "`allowed_signers` or `revoked_keys` is not valid; the last accepted ones stay in force.";
    PoliciesInvalid "policies-invalid" Error [] "The policies are not valid; the last accepted ones stay in force.";
    ProtectedChange "protected-change" Held ["R44"] "A change of `register.yaml` or `policies/` waits for two national administrators.";
    NotPermitted "not-permitted" Error ["R3"] "No policy lets this approver approve this.";
    Forbidden "forbidden" Error [] "A policy forbids it, whoever approves.";
    PolicyError "policy-error" Error ["R1"] "A policy could not be evaluated; that is a denial.";
    RefusalStands "refusal-stands" Error [] "Refused before; the same bytes and the same evidence are judged as they were.";
    ApprovalNotRenewed "approval-not-renewed" Error ["R37"] "Something approved was changed under the old approval.";
    Unsigned "unsigned" Error ["R3" "R14"] "Nothing shows that the approver approved: there is no signature.";
    UnknownSigningKey "unknown-signing-key" Error ["R3" "R14"] "Signed with a key that is nobody's in `allowed_signers`.";
    WrongNamespace "wrong-namespace" Error ["R3" "R14"] "Signed for another register or another purpose.";
    OutsideValidity "key-outside-validity" Error ["R3" "R14"] "Signed with a key that does not count on that day.";
    RevokedKey "key-revoked" Error ["R3" "R44"] "Signed with a key that has been revoked.";
    SignedSomethingElse "signed-something-else" Error ["R3" "R14"] "There is a signature, and it is over other words than those of the entry.";
    StatementTooOld "statement-too-old" Error ["R14"] "Signed more than 31 days ago.";
    StatementUsed "statement-used" Error ["R33"] "The approval has served before; another has taken its place since.";
    AnotherSigner "another-signer" Error ["R3" "R14"] "The signer is not the approver who is named.";
    NotReviewed "not-reviewed" Error ["R3" "R14"] "The forge knows of no approval of exactly these bytes by the approver who is named.";
    SignatureMalformed "signature-malformed" Advice [] "Something in a file of signatures is no signature that could count.";
    EvidenceDeclared "evidence-declared" Advice ["R14"] "The register takes approvals as they are written: nothing shows that anybody approved.";
    EvidenceUnseen "evidence-unseen" Advice ["R14"] "Whether approvals are evidenced is judged with a base.";
    ApprovalInFuture "approval-in-future" Error ["R14"] "The approval is dated after today.";
    ApproverNotInOffice "approver-not-in-office" Advice ["R3"] "The approver is not in office today; whether they were then cannot be judged without a base.";
    Advice "advice" Advice [] "A policy gives advice; nothing is refused.";
    EndsSoon "ends-soon" Advice ["R37"] "An access ends within 14 days.";
    RevokerNotEntitled "revoker-not-entitled" Advice ["R45"] "Taken back by somebody who is no administrator here; it acts all the same.";
    FileHeld "file-held" Advice [] "What was accepted for this file before stays in force.";
    WaitingToLast "waiting-to-last" Advice ["R30"] "Something is gone from the tree; it counts when it has been gone long enough.";
    RemovalsHeld "removals-held" Held ["R1"] "More people would lose access than the budget allows.";
    ClockSuspect "clock-suspect" Advice ["R30"] "The clock has jumped; end dates count against the removal budget until somebody confirms the date.";
    Drift "drift" Advice ["R1" "R2"] "The store was changed by hand.";
    ClosedByHand "closed-by-hand" Error ["R34"] "An account was closed in the store although its access stands; it is not opened again.";
    UnknownAccount "unknown-account" Advice ["R1"] "An account of the store that no file names.";
    StepFailed "step-failed" Fatal ["R32"] "A step of the plan did not succeed; it is tried again.";
    WouldBeDenied "would-be-denied" Advice [] "Stands, but would be denied by the policies now in force.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
