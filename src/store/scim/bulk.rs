//! Many new accounts in few requests (Bulk, RFC 7644 section 3.7), where a service offers that and it pays: a first
//! pass over ten thousand people is a hundred writes and a few pages of a list, not thirty thousand requests.
//!
//! New accounts alone: they have no version yet, nobody else changes them, and each is found again by the name of its
//! opening. What is changed or closed is written one by one, on the version that was read. Every account is read back
//! all the same, here in a list of everybody; what a request leaves open, and whatever is not as it was asked for,
//! goes the way of a single account.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;

use futures_util::stream::{self, StreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};

use super::offers::{Bulk, Offers};
use super::open::id_at;
use super::patience::TRIES;
use super::resource::{count, field, id_of};
use super::service::Service;
use super::wire::{Ask, Fault};
use crate::model::AccountId;
use crate::plan::{Effect, NewAccount, Subject};
use crate::store::{Opening, Outcome, Performed, StoreError, Task, falls_short};

/// Fewer than this are asked for one by one.
const LEAST: usize = 8;

/// Accounts that are tried by themselves before many are asked for, until one succeeds.
const TRIALS: usize = 3;

/// Accounts in one request, at most: one that is lost leaves no more than these to look for.
const MOST: usize = 100;

/// What stands around the operations of a request (RFC 7644 section 3.7.3).
const BEFORE: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":["#;
const AFTER: &str = "]}";

/// Room that is left in a request beside its operations.
const AROUND: usize = 256;

/// A new account that can be asked for together with others.
#[derive(Clone, Copy)]
struct Asked<'t> {
    at: usize,
    new: &'t NewAccount,
    effect: &'t Effect,
    opening: &'t Opening,
}

/// What is not known of an account.
#[derive(Clone, Copy)]
enum Doubt {
    /// It was asked for and answered: where a list of everybody does not have it, it can be asked for again.
    Answered,
    /// No answer came: it may appear yet.
    Unanswered,
}

/// What became of one.
enum Fate {
    /// It is there, under this id, by the answer.
    Made(AccountId),
    /// Not done, or refused: it goes the way of a single account.
    Left,
    /// Answered with a failure: it may be there.
    Failed(String),
    /// Not answered: it may be there, or appear yet.
    Lost(String),
}

impl Service {
    /// Opens accounts together where that pays, tells of each, and gives back what is to be done one by one.
    pub(super) async fn together_or_alone(
        &self,
        tasks: &[Task<'_>],
        steps: Vec<usize>,
        say: &Sender<Outcome>,
    ) -> Vec<usize> {
        let learnt = self.learnt();
        let Ok(offers) = self.offers().await else { return steps };
        let Some(limit) = offers.bulk.filter(|_| !learnt.one_by_one && !learnt.forgetful) else {
            return steps;
        };
        let mut asked = Vec::new();
        for at in &steps {
            let Some(task) = tasks.get(*at) else { continue };
            if let (Subject::New(new), effect @ Effect::Raise { .. }, Some(opening)) =
                (&task.step.subject, &task.step.effect, &task.opening)
                && self.is_nowhere(new, opening).await
            {
                asked.push(Asked { at: *at, new, effect, opening });
            }
        }
        if asked.len() < LEAST {
            return steps;
        }
        let mut done = BTreeSet::new();
        // Where nobody carries a person yet it is not known whether accounts keep whose they are, and in which form
        // they take roles. One is tried before many are opened that could not be found again.
        let mut known = self.is_known_to_keep().await;
        for first in asked.clone().into_iter().take(TRIALS) {
            let Some(task) = tasks.get(first.at).filter(|_| !known) else { break };
            let (opened, performed) = self.one(task).await;
            known = performed.is_ok();
            // Nobody listens any more: whoever asked has broken off.
            let _broken_off = say.send(Outcome { at: first.at, opened, done: performed });
            done.insert(first.at);
        }
        asked.retain(|one| known && !done.contains(&one.at));
        if !asked.is_empty() {
            done.extend(self.open_together(&asked, offers, limit, say).await);
        }
        steps.into_iter().filter(|at| !done.contains(at)).collect()
    }

    /// Asks for all of them and reads them back; the places of those that were told of.
    async fn open_together(
        &self,
        asked: &[Asked<'_>],
        offers: &Offers,
        limit: Bulk,
        say: &Sender<Outcome>,
    ) -> BTreeSet<usize> {
        let fates: Vec<(Asked<'_>, Fate)> = stream::iter(self.requests(asked, offers, limit))
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
            .collect();
        let (mut made, mut open) = (HashMap::new(), Vec::new());
        for (one, fate) in fates {
            match fate {
                Fate::Left => {}
                Fate::Made(id) => match made.entry(id) {
                    // Two are never one account: the answer is not believed of the second.
                    Entry::Occupied(_) => {
                        open.push((one, Doubt::Answered, "it names one account twice".to_owned()));
                    }
                    Entry::Vacant(place) => {
                        place.insert(one);
                    }
                },
                Fate::Failed(why) => open.push((one, Doubt::Answered, why)),
                Fate::Lost(why) => open.push((one, Doubt::Unanswered, why)),
            }
        }
        let mut done = BTreeSet::new();
        if made.is_empty() && open.is_empty() {
            return done;
        }
        // Begun after the last answer: it shows all that was made, unless the service lags. Who is seen as asked for
        // is told of at once, and recorded while the next page comes.
        let listed = self
            .read_all(&mut |account| {
                let as_asked = |one: &Asked<'_>| {
                    account.person.as_ref() == Some(&one.new.person)
                        && falls_short(one.effect, Some(account)).is_none()
                };
                if made.get(&account.id).is_some_and(as_asked)
                    && let Some(one) = made.remove(&account.id)
                {
                    let performed =
                        Performed { account: Some(account.id.clone()), after: Some(account.clone()) };
                    let opened = Some(account.id.clone());
                    // Nobody listens any more: whoever asked has broken off.
                    let _broken_off = say.send(Outcome { at: one.at, opened, done: Ok(performed) });
                    done.insert(one.at);
                }
            })
            .await;
        let (index, trouble) = match listed {
            Ok((_, index)) => (index, None),
            Err(why) => (super::index::Index::default(), Some(why.to_string())),
        };
        let (index, unsure) = (&index, &trouble.or_else(|| index.incomplete.clone()));
        let made = made.into_iter().map(|(id, one)| (one, Some(id), None));
        let open = open
            .into_iter()
            .map(|(one, doubt, why)| (one, self.by_opening(index, one.opening), Some((doubt, why))));
        let rest: Vec<usize> = stream::iter(made.chain(open))
            .map(|(one, id, why)| async move {
                let (opened, done) = match (id, why) {
                    // Not in the list, or not as it should be: by itself.
                    (Some(id), _) => self.opened_as(one.new, one.effect, one.opening, id).await,
                    // A list of everybody does not have it, and it was answered: it can be asked for again.
                    (None, Some((Doubt::Answered, _))) if unsure.is_none() => return None,
                    (None, why) => {
                        let why = why.map(|(_, why)| why).unwrap_or_default();
                        let why = match unsure {
                            Some(more) => format!("{why}; and then {more}"),
                            None => why,
                        };
                        (None, Err(StoreError::Unknown(why)))
                    }
                };
                // Nobody listens any more: whoever asked has broken off.
                let _broken_off = say.send(Outcome { at: one.at, opened, done });
                Some(one.at)
            })
            .buffer_unordered(self.in_flight())
            .filter_map(std::future::ready)
            .collect()
            .await;
        done.extend(rest);
        done
    }

    /// Whether an account was seen that carries a person.
    async fn is_known_to_keep(&self) -> bool {
        self.index.lock().await.as_ref().is_some_and(|listed| listed.index.carries())
    }

    fn by_opening(&self, index: &super::index::Index, opening: &Opening) -> Option<AccountId> {
        index.opened(&opening.id).ok().flatten().cloned()
    }

    /// The requests, within the limits, each written out when its turn comes: the first goes out at once. What cannot
    /// be written is left for its own way.
    fn requests<'t>(
        &self,
        asked: &[Asked<'t>],
        offers: &Offers,
        limit: Bulk,
    ) -> impl Iterator<Item = (Vec<Asked<'t>>, String)> {
        let most = limit.operations.min(MOST);
        let path = format!("/{}", offers.users.join("/"));
        let operation = move |one: &Asked<'t>| {
            let Effect::Raise { grant } = one.effect else { return None };
            let form = self.form(offers, &Value::Null);
            let body = self.new_user(one.new, grant, one.opening, form).ok()?;
            let operation = json!({
                "method": "POST", "path": path, "bulkId": one.opening.id.as_str(), "data": body,
            });
            let operation = operation.to_string();
            (operation.len() + AROUND <= limit.bytes).then_some(operation)
        };
        let mut written = asked.iter().filter_map(move |one| Some((*one, operation(one)?))).peekable();
        std::iter::from_fn(move || {
            let (mut some, mut body) = (Vec::new(), String::from(BEFORE));
            while let Some((one, operation)) = written.next_if(|(_, operation)| {
                some.len() < most && body.len() + operation.len() + AROUND <= limit.bytes || some.is_empty()
            }) {
                if !some.is_empty() {
                    body.push(',');
                }
                body.push_str(&operation);
                some.push(one);
            }
            body.push_str(AFTER);
            (!some.is_empty()).then_some((some, body))
        })
    }

    /// One request, and what became of each in it.
    async fn request<'t>(&self, some: Vec<Asked<'t>>, body: &str) -> Vec<(Asked<'t>, Fate)> {
        let url = self.address().below(&["Bulk"]);
        let ask = Ask::write(Method::POST, url, body);
        let mut tried = 0;
        let answer = loop {
            match self.wire.send(&ask).await {
                Err(fault) if fault.passes() && !fault.may_have_written() && tried + 1 < TRIES => {
                    self.wait(tried, fault.wait()).await;
                    tried += 1;
                }
                answer => break answer,
            }
        };
        let all = |fate: fn(String) -> Fate, why: String| {
            some.iter().map(|one| (*one, fate(why.clone()))).collect()
        };
        match answer {
            Ok(answer) => {
                let told = answer.body.as_ref().and_then(|body| field(body, "Operations")?.as_array());
                let Some(told) = told else {
                    return all(Fate::Failed, "it says yes and not what it has done".to_owned());
                };
                let mut by_name: HashMap<&str, &Value> = HashMap::new();
                for one in told {
                    if let Some(name) = field(one, "bulkId").and_then(Value::as_str) {
                        by_name.insert(name, one);
                    }
                }
                let fate = |one: &Asked<'_>| match by_name.get(one.opening.id.as_str()) {
                    Some(told) => fate(told),
                    None => Fate::Failed("it does not say what became of the account".to_owned()),
                };
                some.iter().map(|one| (*one, fate(one))).collect()
            }
            Err(fault) if fault.may_have_written() && matches!(fault, Fault::No { .. }) => {
                all(Fate::Failed, fault.to_string())
            }
            Err(fault) if fault.may_have_written() => all(Fate::Lost, fault.to_string()),
            Err(fault) => {
                if matches!(fault.status(), Some(400 | 403 | 404 | 405 | 413 | 415 | 422)) {
                    tracing::info!(%fault, "the register takes no bulk requests; accounts are opened one by one");
                    self.learn(|learnt| learnt.one_by_one = true);
                }
                all(|_| Fate::Left, String::new())
            }
        }
    }
}

/// What an answer says of one operation.
fn fate(told: &Value) -> Fate {
    // A text, a number, or an object with a code (as an early draft had it).
    let status = field(told, "status").and_then(|status| {
        let code = if status.is_object() { field(status, "code")? } else { status };
        count(code)
    });
    match status {
        Some(200..=299) => {
            let response = field(told, "response").and_then(id_of);
            let id = response.or_else(|| id_at(field(told, "location")?.as_str()?));
            id.map_or_else(
                || Fate::Failed("it says yes and not which account it has opened".to_owned()),
                |id| Fate::Made(AccountId::new(&id)),
            )
        }
        Some(status @ (408 | 429 | 500..)) => Fate::Failed(format!("answered with {status}")),
        Some(_) => Fate::Left,
        None => Fate::Failed("it does not say what became of the account".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operation_says_is_believed_as_far_as_it_goes() {
        let made = |told: Value| match fate(&told) {
            Fate::Made(id) => id.to_string(),
            Fate::Left => "left".to_owned(),
            Fate::Failed(_) | Fate::Lost(_) => "open".to_owned(),
        };
        assert_eq!(made(json!({"status": "201", "location": "https://r.example.no/Users/7"})), "7");
        assert_eq!(made(json!({"status": {"code": 201}, "response": {"id": 7}})), "7");
        assert_eq!(made(json!({"status": 409, "location": "https://r.example.no/Users/7"})), "left");
        for open in [json!({}), json!({"status": "201"}), json!({"status": 500}), json!({"status": "yes"})] {
            assert_eq!(made(open.clone()), "open", "{open}");
        }
    }
}
