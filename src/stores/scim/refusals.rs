//! Notices that a service refuses everybody for one reason. Then the remaining accounts need not be tried in the same
//! way.
//!
//! Until the first step that gives has succeeded in a pass, such steps are done one after the other. A single refusal
//! may be about one account. When a second one has the same words, the reason is in the service or in the attribute
//! map, and this pass tries nobody else. Steps that take away are never left out.
//!
//! One refusal is enough if the person cannot be the reason. All new accounts are asked for at one address, and two
//! requests that name the same attributes differ only in values. If the service lacks the operation or an attribute, it
//! refuses the next one too. A change of an existing account has an address of its own. There the reason may be the
//! account, so two refusals are needed.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use portvakt_core::diag::{Text, text};
use portvakt_core::plan::{Effect, Step, StepSubject};
use portvakt_core::store::StoreError;
use serde_json::Value;

use super::fault::RequestFault;

/// The attributes that a request for a new account names, with their parts.
pub type Kind = BTreeSet<String>;

/// Returns the kind of a request with this body.
pub fn request_kind(body: &Value) -> Kind {
    let mut kind = Kind::new();
    name_all(body, "", &mut kind);
    kind
}

fn name_all(value: &Value, within: &str, into: &mut Kind) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                let path = format!("{within}/{name}");
                name_all(part, &path, into);
                into.insert(path);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| name_all(value, within, into)),
        _ => {}
    }
}

/// The refusals of one kind of step in this pass.
#[derive(Debug, Default)]
pub struct Refusals {
    /// The lock of the step that is tried before any step has succeeded.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    succeeded: bool,
    words: Option<Text>,
    /// Why the others are not asked for.
    hopeless: Option<Text>,
    /// The kinds of new accounts of which one was opened.
    opened: BTreeSet<Kind>,
    /// The kinds that were refused as such, with the words.
    kinds: Vec<(Kind, Text)>,
    /// Why the service refuses everybody, in its own words.
    nobody: Option<Text>,
}

impl Refusals {
    /// Begins a new pass.
    pub fn forget(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// Waits for a turn, if nobody has succeeded yet.
    ///
    /// # Errors
    /// Fails with [`StoreError::NotAsked`] if two were refused in the same words.
    pub async fn enter(&self) -> Result<Option<tokio::sync::MutexGuard<'_, ()>>, StoreError> {
        let turn = if self.read_state(|state| state.succeeded) { None } else { Some(self.turn.lock().await) };
        match self.read_state(|state| state.hopeless.clone()) {
            Some(why) => Err(StoreError::NotAsked(why)),
            None => Ok(turn),
        }
    }

    /// Lets no request for a new account be sent if the service has refused one of the same kind.
    ///
    /// # Errors
    /// Fails with [`StoreError::NotAsked`] then.
    pub fn allow(&self, kind: &Kind) -> Result<(), StoreError> {
        let why = self.read_state(|state| {
            let refused = state.kinds.iter().find(|(known, _)| known == kind).map(|(_, why)| why);
            state.nobody.as_ref().or(refused).cloned()
        });
        match why {
            Some(why) => Err(StoreError::NotAsked(text!(
                with why;
                en: "another was refused for a reason that lies in no person: {why}",
                nb: "en annen ble avslått av en grunn som ikke ligger i noen person: {why}"
            ))),
            None => Ok(()),
        }
    }

    /// Notes that an account of this kind was opened. A later refusal is then never blamed on the kind.
    pub fn opened(&self, kind: &Kind) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).opened.insert(kind.clone());
    }

    /// Takes note of how a request for a new account was refused, if the reason is not in one person's values.
    pub fn refused(&self, kind: &Kind, fault: &RequestFault) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if fault.is_for_everybody() && state.opened.is_empty() {
            state.nobody = Some(fault.words());
        } else if fault.is_for_the_kind() && !state.opened.contains(kind) {
            state.kinds.push((kind.clone(), fault.words()));
        }
    }

    fn read_state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes note of how a step ended. It counts what the service refused and what it did not do. Of a new account it
    /// also counts answers without sense, and accounts that nobody can read back: more of them are no use.
    pub fn note(&self, step: &Step, account: Option<&str>, failed: Option<&StoreError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = matches!(step.subject, StepSubject::New(_));
        let (why, account) = match failed {
            None => {
                state.succeeded = true;
                return;
            }
            Some(_) if state.succeeded => return,
            Some(StoreError::Refused(why) | StoreError::NotWritten(why)) => (why, account),
            Some(StoreError::Answer { why, .. }) if is_new => (why, account),
            Some(StoreError::Unfinished(made, why)) => (why, Some(made.as_str())),
            Some(_) => return,
        };
        let words = without_the_person(why, step, account);
        if state.words.as_ref() == Some(&words) {
            let why = words;
            state.hopeless = Some(match failed {
                Some(StoreError::Refused(_) | StoreError::NotWritten(_)) => text!(
                    with why;
                    en: "two others were refused in the same words: {why}",
                    nb: "to andre ble avslått med de samme ordene: {why}"
                ),
                _ => text!(
                    with why;
                    en: "it ended alike for two others: {why}",
                    nb: "det gikk likedan med to andre: {why}"
                ),
            });
        } else {
            state.words = Some(words);
        }
    }
}

/// Removes from a refusal the values of one person, so that two refusals can be compared.
fn without_the_person(why: &Text, step: &Step, account: Option<&str>) -> Text {
    let mut own: Vec<String> = account.map(str::to_owned).into_iter().collect();
    own.extend(step.person.as_ref().map(ToString::to_string));
    match &step.subject {
        StepSubject::New(new) => {
            own.extend([Some(new.name.clone()), new.login.clone(), new.email.clone()].into_iter().flatten());
        }
        StepSubject::Account(id) => own.push(id.to_string()),
        StepSubject::Nobody => {}
    }
    if let Effect::Raise { grant } = &step.effect {
        own.extend(grant.iter().map(|raise| raise.right.to_string()));
    }
    // A long text goes first, since a short one may be a part of it.
    own.sort_by_key(|text| std::cmp::Reverse(text.len()));
    own.retain(|text| text.len() > 2);
    let without = |why: &str| own.iter().fold(why.to_owned(), |why, text| why.replace(text.as_str(), "…"));
    why.changed(without)
}
