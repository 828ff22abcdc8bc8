//! Opens many new accounts in few requests (Bulk, RFC 7644 section 3.7), if the service offers it and it saves
//! requests. Then a first pass over ten thousand people needs a hundred writes and a few pages of a list, not thirty
//! thousand requests.
//!
//! Only new accounts are opened this way. They have no version yet, nobody else changes them, and each is found again
//! by its opening id. Changes and closings are written one by one, on the version that was read. Every account is read
//! back here too, in a list of all accounts. An account with an open result, or one that is not as asked for, is
//! handled as a single account.

mod request;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;

use futures_util::stream::{self, StreamExt as _};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Account, AccountId};
use portvakt_core::plan::{Effect, NewAccount, StepSubject};
use portvakt_core::store::{Opening, Performed, StoreError, StoreTask, TaskOutcome, falls_short, wanted};
use request::Fate;

use super::offers::{Bulk, Offers};
use super::service::Service;

/// Fewer accounts than this are asked for one by one.
const LEAST: usize = 8;

/// The most accounts that are tried alone, until one succeeds, before many are asked for.
const TRIALS: usize = 3;

/// A new account that can be asked for together with others.
#[derive(Clone, Copy)]
struct AccountToOpen<'t> {
    at: usize,
    new: &'t NewAccount,
    effect: &'t Effect,
    opening: &'t Opening,
}

/// The reason why it is not known whether an account exists.
#[derive(Clone, Copy)]
enum Doubt {
    /// The service answered. If a list of all accounts does not have the account, the program can ask for it again.
    Answered,
    /// The service did not answer, so the account may appear later.
    Unanswered,
}

/// The knowledge about the accounts that were asked for.
#[derive(Default)]
struct Answers<'t> {
    /// Accounts that exist according to an answer, and that no list has shown yet.
    made: HashMap<AccountId, AccountToOpen<'t>>,
    /// All account ids that an answer has named.
    named: HashSet<AccountId>,
    /// Accounts that may exist or not, with the reason.
    open: Vec<(AccountToOpen<'t>, Doubt, Text)>,
    /// The positions of the tasks whose outcome was sent.
    done: BTreeSet<usize>,
}

impl<'t> Answers<'t> {
    fn take(&mut self, fates: Vec<(AccountToOpen<'t>, Fate)>) {
        for (one, fate) in fates {
            match fate {
                Fate::Left => {}
                // Two people never have one account, so the answer is not believed for the second.
                Fate::Made(id) if !self.named.insert(id.clone()) => {
                    let why = text!(en: "it names one account twice", nb: "det nevner én konto to ganger");
                    self.open.push((one, Doubt::Answered, why));
                }
                Fate::Made(id) => {
                    self.made.insert(id, one);
                }
                Fate::Failed(why) => self.open.push((one, Doubt::Answered, why)),
                Fate::Lost(why) => self.open.push((one, Doubt::Unanswered, why)),
            }
        }
    }

    /// Sends the outcome of an account that exists as it was asked for.
    fn see(&mut self, account: &Account, say: &Sender<TaskOutcome>) {
        let as_asked = |one: &AccountToOpen<'_>| {
            account.person.as_ref() == Some(&one.new.person)
                && falls_short(&wanted(one.effect), Some(account)).is_none()
        };
        if self.made.get(&account.id).is_some_and(as_asked)
            && let Some(one) = self.made.remove(&account.id)
        {
            let performed = Performed { account: Some(account.id.clone()), after: Some(account.clone()) };
            let opened = Some(account.id.clone());
            // Sending fails only if the caller has stopped listening. Then the outcome is dropped.
            let _broken_off = say.send(TaskOutcome { at: one.at, opened, done: Ok(performed) });
            self.done.insert(one.at);
        }
    }
}

impl Service {
    /// Opens accounts together if that saves requests, and sends each outcome. It returns the steps that are left to
    /// do one by one.
    pub(super) async fn together_or_alone(
        &self,
        tasks: &[StoreTask<'_>],
        steps: Vec<usize>,
        say: &Sender<TaskOutcome>,
    ) -> Vec<usize> {
        let learnt = self.learnt();
        let Ok(offers) = self.offers().await else { return steps };
        let Some(limit) = offers.bulk.filter(|_| !learnt.one_by_one && !learnt.forgetful) else {
            return steps;
        };
        // If the attribute map does not fit, each account is refused alone, without a request.
        if self.misfits().await.map_or(true, |misfits| !misfits.is_empty()) {
            return steps;
        }
        let mut asked = Vec::new();
        for at in &steps {
            let Some(task) = tasks.get(*at) else { continue };
            if let (StepSubject::New(new), effect @ Effect::Raise { .. }, Some(opening)) =
                (&task.step.subject, &task.step.effect, &task.opening)
                && self.is_nowhere(new, opening).await
            {
                asked.push(AccountToOpen { at: *at, new, effect, opening });
            }
        }
        if asked.len() < LEAST {
            return steps;
        }
        let mut done = BTreeSet::new();
        // If no account in the list carries a person, it is unknown whether the service keeps persons, and in which
        // form it takes roles. So accounts are first opened one at a time, until one can be found again.
        let mut known = self.is_known_to_keep().await;
        for first in asked.clone().into_iter().take(TRIALS) {
            let Some(task) = tasks.get(first.at).filter(|_| !known) else { break };
            let (opened, performed) = self.one(task).await;
            known = performed.is_ok();
            // Sending fails only if the caller has stopped listening. Then the outcome is dropped.
            let _broken_off = say.send(TaskOutcome { at: first.at, opened, done: performed });
            done.insert(first.at);
        }
        asked.retain(|one| known && !done.contains(&one.at));
        if !asked.is_empty() {
            done.extend(self.open_together(&asked, offers, limit, say).await);
        }
        steps.into_iter().filter(|at| !done.contains(at)).collect()
    }

    /// Asks for all of them and reads them back. It returns the positions of those whose outcome was sent.
    async fn open_together(
        &self,
        asked: &[AccountToOpen<'_>],
        offers: &Offers,
        limit: Bulk,
        say: &Sender<TaskOutcome>,
    ) -> BTreeSet<usize> {
        let mut answers = Answers::default();
        let (first, second) = asked.split_at(self.to_look_at_early(asked.len(), limit));
        answers.take(self.ask_for(first, offers, limit).await);
        if answers.made.is_empty() {
            answers.take(self.ask_for(second, offers, limit).await);
        } else {
            // Accounts that answered are recorded while the rest are still being read. A missing account proves nothing here.
            let mut see = |account: &Account| answers.see(account, say);
            let (fates, looked) = tokio::join!(self.ask_for(second, offers, limit), self.glance(&mut see));
            if let Err(why) = looked {
                tracing::info!(%why, "the register gave no list while accounts were opened; the one after that counts");
            }
            answers.take(fates);
        }
        if answers.made.is_empty() && answers.open.is_empty() {
            return answers.done;
        }
        // This list begins after the last answer, so it shows everything that was made, unless the service lags. An
        // account that is as asked for is reported at once, and recorded while the next page comes.
        let listed = self.read_all(&mut |account| answers.see(account, say)).await;
        let Answers { made, open, mut done, .. } = answers;
        let (index, trouble) = match listed {
            Ok((_, index)) => (index, None),
            Err(why) => (super::index::Index::default(), Some(why.words())),
        };
        let (index, unsure) = (&index, &trouble.or_else(|| index.incomplete.clone()));
        let made = made.into_iter().map(|(id, one)| (one, Some(id), None));
        let open = open
            .into_iter()
            .map(|(one, doubt, why)| (one, self.by_opening(index, one.opening), Some((doubt, why))));
        let rest: Vec<usize> = stream::iter(made.chain(open))
            .map(|(one, id, why)| async move {
                let (opened, done) = match (id, why) {
                    // The account is not in the list, or is not as it should be. So it is handled alone.
                    (Some(id), _) => self.opened_as(one.new, one.effect, one.opening, id).await,
                    // The service answered, but a list of all accounts does not have the account. So the program can
                    // ask for it again.
                    (None, Some((Doubt::Answered, _))) if unsure.is_none() => return None,
                    (None, why) => {
                        let why = why.map(|(_, why)| why).unwrap_or_default();
                        let why = match unsure {
                            Some(more) => text!(
                                with why, more;
                                en: "{why}; and then {more}",
                                nb: "{why}; og deretter: {more}"
                            ),
                            None => why,
                        };
                        (None, Err(StoreError::Unknown(why)))
                    }
                };
                // Sending fails only if the caller has stopped listening. Then the outcome is dropped.
                let _broken_off = say.send(TaskOutcome { at: one.at, opened, done });
                Some(one.at)
            })
            .buffer_unordered(self.in_flight())
            .filter_map(std::future::ready)
            .collect()
            .await;
        done.extend(rest);
        done
    }

    /// Returns how many of the first accounts are looked at while the rest is asked for. It is half if not all
    /// requests are under way at once.
    fn to_look_at_early(&self, all: usize, limit: Bulk) -> usize {
        let most = request::most(limit).max(1);
        if all > most.saturating_mul(self.in_flight()) { all / 2 / most * most } else { all }
    }

    /// Asks for these accounts, with several requests at once.
    async fn ask_for<'t>(
        &self,
        asked: &[AccountToOpen<'t>],
        offers: &Offers,
        limit: Bulk,
    ) -> Vec<(AccountToOpen<'t>, Fate)> {
        stream::iter(self.requests(asked, offers, limit))
            .map(|(some, body)| async move {
                if self.stopped.load(Ordering::Relaxed) || self.learnt().one_by_one {
                    return some.into_iter().map(|one| (one, Fate::Left)).collect();
                }
                self.request(some, &body).await
            })
            .buffer_unordered(self.in_flight())
            .collect::<Vec<Vec<_>>>()
            .await
            .into_iter()
            .flatten()
            .collect()
    }

    /// Returns whether the last list has an account that carries a person and an opening id.
    async fn is_known_to_keep(&self) -> bool {
        self.index.lock().await.as_ref().is_some_and(|listed| listed.index.carries())
    }

    fn by_opening(&self, index: &super::index::Index, opening: &Opening) -> Option<AccountId> {
        index.opened(&opening.id).ok().flatten().cloned()
    }
}
